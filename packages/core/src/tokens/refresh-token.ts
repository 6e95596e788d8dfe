import { digest } from '../digest.ts'
import { behind, find, sealed } from '../needs.ts'
import type { Digest } from '../brand.ts'

/** What a refresh token spells: `SECRET.GENERATION.SEAL`. */
export interface RefreshTokenParts {
  /** The family's secret; its digest is the key of the family's row. */
  readonly secret: string
  readonly generation: number
  /** The server's seal on the two before it. */
  readonly seal: string
  readonly family: Digest
}

const SHAPE = /^([A-Za-z0-9_-]{43})\.([1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/

/** The parts of a refresh token, or `undefined` for a text that cannot be one of ours. */
export function parseRefreshToken(text: string): RefreshTokenParts | undefined {
  const [, secret, generation, seal] = SHAPE.exec(text) ?? []
  if (secret === undefined || generation === undefined || seal === undefined) return undefined
  return { secret, generation: Number(generation), seal, family: digest(secret) }
}

/** What the server seals for a generation of a family. */
export function refreshTokenSeal(secret: string, generation: number): string {
  return `refresh_token ${secret} ${generation}`
}

/** What must be known of a refresh token that somebody presents: whether its seal is genuine, its family, and what it descends from. */
export function refreshTokenNeeds(parts: RefreshTokenParts | undefined) {
  return {
    genuine: sealed(parts === undefined ? '' : refreshTokenSeal(parts.secret, parts.generation), parts?.seal ?? ''),
    family: find('refresh_token', parts?.family ?? ''),
    authorization: behind('authorization', 'family', 'authorization'),
  } as const
}
