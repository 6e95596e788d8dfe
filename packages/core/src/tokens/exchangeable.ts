import type { Account } from '../account.ts'
import type { Instant } from '../brand.ts'
import { accountOf, among, claimed, find, ours, presented } from '../needs.ts'
import type { Authorization, Mark, Row } from '../records.ts'
import type { TokenTypeName } from '../registry/token-types.ts'
import type { Catalogue } from '../resources/catalogue.ts'
import { accessTokenOf, authorizationOfJti } from './bearer.ts'
import { revokedMark } from './revocation.ts'

type Claims = Readonly<Record<string, unknown>>

/** What must be known of a token that is brought to be exchanged. */
export interface ExchangeableFacts {
  readonly claims: Claims | undefined
  readonly named: Row<'authorization'> | undefined
  readonly session: readonly Row<'authorization'>[]
  readonly revoked: Readonly<Mark> | undefined
  readonly account: Account | undefined
}

/** A token of ours that is brought to be exchanged, alive. */
export interface Exchangeable {
  readonly type: TokenTypeName
  readonly sub: string
  /** To whom it was issued. */
  readonly client_id: string
  readonly scope: readonly string[]
  /** The resources that it is good at; none for an ID Token. */
  readonly aud: readonly string[]
  readonly exp: Instant
  /** The authorization it descends from; none for a client on its own. */
  readonly authorization?: Row<'authorization'>
  readonly claims: Claims
}

/** The claims of a token of this type. */
export function tokenNeed(text: string, type: TokenTypeName | undefined) {
  if (type === 'id_token') return ours(text, 'JWT')
  return type === 'jwt' ? ours(text, 'at+jwt') : presented(type === undefined ? '' : text)
}

/** The authorization that an access token of these claims names. */
export const namedBy = (via: string) => claimed(via, ({ jti }) => find('authorization', authorizationOfJti(String(jti ?? '')) ?? ''))
/** The authorizations of the session that an ID Token names. */
export const sessionOf = (via: string) => claimed(via, ({ sid }) => among('authorization', 'sid', typeof sid === 'string' ? sid : ''))
/** The mark of an access token that was revoked. */
export const revocationOf = (via: string) => claimed(via, (claims) => find('mark', revokedMark(accessTokenOf(claims))))
/** The user behind the rows that a token names; its `sub` may be the name that only one sector knows. */
export const userOf = (via: string) => accountOf(via)

/** The token that was brought, or why it is none to be exchanged. */
export function exchangeable(type: TokenTypeName, facts: ExchangeableFacts, catalogue: Catalogue, now: Instant): Exchangeable | 'not valid' | 'expired' | 'revoked' {
  const { claims, revoked } = facts
  // Proof that the bearer holds the key of a bound token is not taken here, and without it the binding would be lost.
  if (claims === undefined || claims.iss !== catalogue.issuer || claims.cnf !== undefined) return 'not valid'
  const token = type === 'id_token' ? idTokenOf(claims, facts.session) : accessTokenBehind(type, claims, facts.named)
  if (!(token.exp > now)) return 'expired'
  const isUsers = type === 'id_token' || authorizationOfJti(String(claims.jti)) !== undefined
  const isLive = token.authorization !== undefined && isAlive(token.authorization) && facts.account?.active === true
  return revoked !== undefined || (isUsers && !isLive) ? 'revoked' : token
}

function accessTokenBehind(type: TokenTypeName, claims: Claims, authorization: Row<'authorization'> | undefined): Exchangeable {
  const { sub, client_id, scope, aud, exp } = accessTokenOf(claims)
  return { type, sub, client_id, scope: scope.filter((name) => name !== ''), aud, exp, claims, ...(authorization === undefined ? {} : { authorization }) }
}

/** An ID Token names the session it came from, and not which of the client's authorizations in it: the latest that is alive stands for it. */
function idTokenOf(claims: Claims, session: readonly Row<'authorization'>[]): Exchangeable {
  const client_id = String(claims.aud)
  const sub = String(claims.sub)
  const own = session.filter((each) => each.client_id === client_id && isAlive(each))
  const authorization = own.toSorted((one, other) => other.createdAt - one.createdAt)[0]
  return { type: 'id_token', sub, client_id, scope: authorization?.scope ?? [], aud: [], exp: Number(claims.exp), claims, ...(authorization === undefined ? {} : { authorization }) }
}

function isAlive(authorization: Authorization): boolean {
  return authorization.revokedAt === undefined
}
