import {
  type AccessTokenPlan,
  type CodePlan,
  type DevicePlan,
  digest,
  idTokenClaims,
  insert,
  type Issue,
  type IssuingSession,
  jtiOf,
  type RefreshTokenPlan,
  refreshTokenSeal,
  type UserCodeText,
  userCodeFrom,
  type Write,
} from '@latchkey/core'
import { drawName, drawSecret } from './ports/random.ts'
import type { AuthorizationServer } from './authorization-server.ts'

/** What was made of an issue, not yet committed. The members are those of a token response or an authorization response. */
export interface Minted {
  readonly kind: 'minted'
  readonly code?: string
  readonly device_code?: string
  /** The user code in its normal form. */
  readonly user_code?: UserCodeText
  readonly access_token?: string
  readonly token_type?: 'Bearer'
  readonly expires_in?: number
  readonly scope?: string
  readonly refresh_token?: string
  readonly id_token?: string
  /** The browser session that it rests on. */
  readonly session?: IssuingSession
  readonly members: Readonly<Record<string, unknown>>
  readonly writes: readonly Write[]
}

/** Draws and signs what a decision issues. Its rows join the writes that pay for it, by digest. */
export async function mint(decision: Issue, server: AuthorizationServer): Promise<Minted> {
  // A grant's own members are written once here, so that what can not be written fails before anything is committed.
  const members = decision.members === undefined ? {} : (JSON.parse(JSON.stringify(decision.members)) as Readonly<Record<string, unknown>>)
  const writes: Write[] = [...decision.writes]
  const code = decision.code && mintCode(decision.code, writes, server)
  const device = decision.device && mintDevice(decision.device, writes, server)
  const access_token = decision.accessToken && (await mintAccessToken(decision.accessToken, writes, server))
  const refresh_token = decision.refreshToken && mintRefreshToken(decision.refreshToken, writes, server)
  const { idToken, accessToken } = decision
  const id_token = idToken && (await server.keys.sign(idToken.alg, 'JWT', idTokenClaims(idToken, { access_token, code })))
  return {
    kind: 'minted',
    ...(code === undefined ? {} : { code }),
    ...device,
    ...(accessToken === undefined || access_token === undefined ? {} : { access_token, token_type: 'Bearer', expires_in: accessToken.expires_in, scope: accessToken.scope.join(' ') }),
    ...(refresh_token === undefined ? {} : { refresh_token }),
    ...(id_token === undefined ? {} : { id_token }),
    ...(decision.session === undefined ? {} : { session: decision.session }),
    members,
    writes,
  }
}

function mintCode({ record, seed }: CodePlan, writes: Write[], { keys, random }: AuthorizationServer): string {
  const code = seed === undefined ? drawSecret(random) : keys.seal(`authorization_code ${seed}`)
  if (record !== undefined) writes.push(insert('authorization_code', digest(code), record))
  return code
}

function mintDevice({ record }: DevicePlan, writes: Write[], { random }: AuthorizationServer): { device_code: string; user_code: UserCodeText } {
  const device_code = drawSecret(random)
  const user_code = drawUserCode(random)
  const key = digest(device_code)
  writes.push(insert('device_authorization', key, record), insert('user_code', digest(`user_code ${user_code}`), { device_authorization: key, expiresAt: record.expiresAt }))
  return { device_code, user_code }
}

function drawUserCode(random: AuthorizationServer['random']): UserCodeText {
  return userCodeFrom(random(32)) ?? drawUserCode(random)
}

async function mintAccessToken({ format, alg, claims, authorization }: AccessTokenPlan, writes: Write[], { keys, random }: AuthorizationServer): Promise<string> {
  const all = { ...claims, jti: jtiOf(authorization, drawName(random)) }
  if (format === 'jwt') return keys.sign(alg, 'at+jwt', all)
  const token = drawSecret(random)
  const { client_id, sub, exp } = claims
  writes.push(insert('access_token', digest(token), { client_id, sub, claims: all, expiresAt: exp, ...(authorization === undefined ? {} : { authorization }) }))
  return token
}

function mintRefreshToken(plan: RefreshTokenPlan, writes: Write[], { keys, random }: AuthorizationServer): string {
  const secret = plan.family === 'new' ? drawSecret(random) : plan.secret
  const generation = plan.family === 'new' ? plan.record.generation : plan.generation
  if (plan.family === 'new') writes.push(insert('refresh_token', digest(secret), plan.record))
  return `${secret}.${generation}.${keys.seal(refreshTokenSeal(secret, generation))}`
}
