import {
  type AccessTokenPlan,
  type CodePlan,
  digest,
  idTokenClaims,
  insert,
  type Issue,
  jtiOf,
  type RefreshTokenPlan,
  refreshTokenSeal,
  type Write,
} from '@latchkey/core'
import { drawName, drawSecret } from './ports/random.ts'
import type { AuthorizationServer } from './authorization-server.ts'

/** What was made of an issue, not yet committed. The members are those of a token response or an authorization response. */
export interface Minted {
  readonly kind: 'minted'
  readonly code?: string
  readonly access_token?: string
  readonly token_type?: 'Bearer'
  readonly expires_in?: number
  readonly scope?: string
  readonly refresh_token?: string
  readonly id_token?: string
  readonly members: Readonly<Record<string, unknown>>
  readonly writes: readonly Write[]
}

/** Draws and signs what a decision issues. Its rows join the writes that pay for it, by digest. */
export async function mint(decision: Issue, server: AuthorizationServer): Promise<Minted> {
  const writes: Write[] = [...decision.writes]
  const code = decision.code && mintCode(decision.code, writes, server)
  const access_token = decision.accessToken && (await mintAccessToken(decision.accessToken, writes, server))
  const refresh_token = decision.refreshToken && mintRefreshToken(decision.refreshToken, writes, server)
  const { idToken, accessToken } = decision
  const id_token = idToken && (await server.keys.sign(idToken.alg, 'JWT', idTokenClaims(idToken, { access_token, code })))
  return {
    kind: 'minted',
    ...(code === undefined ? {} : { code }),
    ...(accessToken === undefined || access_token === undefined ? {} : { access_token, token_type: 'Bearer', expires_in: accessToken.expires_in, scope: accessToken.scope.join(' ') }),
    ...(refresh_token === undefined ? {} : { refresh_token }),
    ...(id_token === undefined ? {} : { id_token }),
    members: decision.members ?? {},
    writes,
  }
}

function mintCode({ record, seed }: CodePlan, writes: Write[], { keys, random }: AuthorizationServer): string {
  const code = seed === undefined ? drawSecret(random) : keys.seal(`authorization_code ${seed}`)
  if (record !== undefined) writes.push(insert('authorization_code', digest(code), record))
  return code
}

async function mintAccessToken({ format, alg, claims, authorization }: AccessTokenPlan, writes: Write[], { keys, random }: AuthorizationServer): Promise<string> {
  if (format === 'jwt') return keys.sign(alg, 'at+jwt', { ...claims, jti: jtiOf(authorization, drawName(random)) })
  const token = drawSecret(random)
  const { client_id, sub, exp } = claims
  writes.push(insert('access_token', digest(token), { client_id, sub, claims, expiresAt: exp, ...(authorization === undefined ? {} : { authorization }) }))
  return token
}

function mintRefreshToken(plan: RefreshTokenPlan, writes: Write[], { keys, random }: AuthorizationServer): string {
  const secret = plan.family === 'new' ? drawSecret(random) : plan.secret
  const generation = plan.family === 'new' ? plan.record.generation : plan.generation
  if (plan.family === 'new') writes.push(insert('refresh_token', digest(secret), plan.record))
  return `${secret}.${generation}.${keys.seal(refreshTokenSeal(secret, generation))}`
}
