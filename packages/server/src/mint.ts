import {
  type AccessTokenPlan,
  type CodePlan,
  type DevicePlan,
  digest,
  type IdTokenPlan,
  idTokenClaims,
  insert,
  isRefusal,
  type Issue,
  type IssuingSession,
  jtiOf,
  type RefreshTokenPlan,
  type Refusal,
  refreshTokenSeal,
  returned,
  type UserCodeText,
  userCodeFrom,
  type Write,
} from '@latchkey/core'
import { encryptTo } from './encrypt-to.ts'
import { drawName, drawSecret } from './ports/random.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { sessionIn, subjectIn } from './subjects.ts'

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

/**
 * Draws, signs and encrypts what a decision issues. Its rows join the writes that pay for it, by digest. A refusal, when the client has no key to
 * encrypt to, writes nothing: the client may ask again.
 */
export async function mint(decision: Issue, server: AuthorizationServer): Promise<Minted | Refusal> {
  // A grant's own members are written once here, so that what can not be written fails before anything is committed.
  const members = decision.members === undefined ? {} : (JSON.parse(JSON.stringify(decision.members)) as Readonly<Record<string, unknown>>)
  const writes: Write[] = [...decision.writes]
  const code = decision.code && mintCode(decision.code, writes, server)
  const device = decision.device && mintDevice(decision.device, writes, server)
  const access_token = decision.accessToken && (await mintAccessToken(decision.accessToken, writes, server))
  const refresh_token = decision.refreshToken && mintRefreshToken(decision.refreshToken, writes, server)
  const { idToken, accessToken } = decision
  const id_token = idToken && (await mintIdToken(idToken, { access_token, code }, server))
  if (isRefusal(id_token)) return id_token
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

/** The plan, in which user and session are called what the sector of the client calls them. */
function namedIn(plan: IdTokenPlan, { keys }: AuthorizationServer): IdTokenPlan {
  const { sector, claims } = plan
  return sector === undefined ? plan : { ...plan, claims: { ...claims, sub: subjectIn(sector, claims.sub, keys), ...(claims.sid === undefined ? {} : { sid: sessionIn(sector, claims.sid, keys) }) } }
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

async function mintAccessToken({ format, alg, claims, authorization, sector }: AccessTokenPlan, writes: Write[], { keys, random }: AuthorizationServer): Promise<string> {
  const all = { ...claims, sub: subjectIn(sector, claims.sub, keys), jti: jtiOf(authorization, drawName(random)) }
  if (format === 'jwt') return keys.sign(alg, 'at+jwt', all)
  const token = drawSecret(random)
  const { client_id, sub, exp } = claims
  writes.push(insert('access_token', digest(token), { client_id, sub, claims: all, expiresAt: exp, ...(authorization === undefined ? {} : { authorization }) }))
  return token
}

async function mintIdToken(plan: IdTokenPlan, beside: Parameters<typeof idTokenClaims>[1], server: AuthorizationServer): Promise<string | Refusal> {
  const signed = await server.keys.sign(plan.alg, 'JWT', idTokenClaims(namedIn(plan, server), beside))
  if (plan.encryption === undefined) return signed
  const encrypted = await encryptTo(plan.encryption, signed, 'JWT', server)
  return isRefusal(encrypted) && plan.encryption.returnTo !== undefined ? returned(encrypted, plan.encryption.returnTo) : encrypted
}

function mintRefreshToken(plan: RefreshTokenPlan, writes: Write[], { keys, random }: AuthorizationServer): string {
  const secret = plan.family === 'new' ? drawSecret(random) : plan.secret
  const generation = plan.family === 'new' ? plan.record.generation : plan.generation
  if (plan.family === 'new') writes.push(insert('refresh_token', digest(secret), plan.record))
  return `${secret}.${generation}.${keys.seal(refreshTokenSeal(secret, generation))}`
}
