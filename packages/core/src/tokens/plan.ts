import type { Instant, Seconds } from '../brand.ts'
import type { AuthorizationCode, DeviceAuthorization, RefreshFamily } from '../records.ts'
import type { SigningAlgorithm } from '../registry/algorithms.ts'
import type { EncryptionPlan } from './encryption.ts'

/** A code to be drawn. */
export interface CodePlan {
  /** The row to keep for it; none when the code was stored before and is told again. */
  readonly record?: AuthorizationCode
  /** A secret from which the code is derived, so that the same request finished twice gives the same code. Without one it is random. */
  readonly seed?: string
}

/** A device code and a user code to be drawn. */
export interface DevicePlan {
  readonly record: DeviceAuthorization
}

/** An access token to be minted. */
export interface AccessTokenPlan {
  readonly format: 'jwt' | 'opaque'
  readonly alg: SigningAlgorithm
  /** All claims but `jti`. */
  readonly claims: Readonly<Record<string, unknown>> & { readonly client_id: string; readonly exp: Instant; readonly sub: string }
  readonly scope: readonly string[]
  readonly expires_in: Seconds
  /** The authorization it descends from, which `jti` begins with; none for a client on its own. */
  readonly authorization?: string
  /** The sector whose name for the user stands in the token instead of `sub`. */
  readonly sector?: string
}

/** A refresh token to be minted: the first of a new family, or a generation of one that is known. */
export type RefreshTokenPlan =
  | { readonly family: 'new'; readonly record: RefreshFamily }
  | { readonly family: 'known'; readonly secret: string; readonly generation: number }

/** An ID Token to be signed. */
export interface IdTokenPlan {
  readonly alg: SigningAlgorithm
  /** All claims but the hashes of what is minted beside it. */
  readonly claims: Readonly<Record<string, unknown>> & { readonly sub: string; readonly sid?: string }
  /** The sector whose names for the user and the session stand in the token instead of `sub` and `sid`. */
  readonly sector?: string
  /** The state to be hashed into `s_hash`, where the front channel asks for it. */
  readonly state?: string
  /** How it is encrypted once it is signed, if the client wants that. */
  readonly encryption?: EncryptionPlan
}
