import { amend, type AuthorizationCode, consentKey, digest, type RedirectUri, type Row, type Write } from '../src/index.ts'
import { CHALLENGE, CODE, FAMILY_SECRET, NOW, row, type World, worldOf } from './world.ts'

/** What Alice approved for the client C-spa, a minute ago. */
export const authorization: Row<'authorization'> = row('authorization', 'auth-1', {
  client_id: 'C-spa',
  sub: 'alice',
  sid: 'sid-1',
  scope: ['openid', 'offline_access', 'read'],
  resource: [],
  auth_time: NOW - 100,
  amr: ['pwd'],
  acr: 'urn:example:bronze',
  createdAt: NOW - 10,
  expiresAt: NOW + 2_595_650,
})

const code: AuthorizationCode = {
  client_id: 'C-spa',
  authorization: 'auth-1',
  sub: 'alice',
  redirect_uri: 'https://spa.example/cb' as RedirectUri,
  code_challenge: CHALLENGE,
  nonce: 'N1',
  expiresAt: NOW + 50,
}

export function codeRow(changes: Partial<AuthorizationCode> = {}): Row<'authorization_code'> {
  return row('authorization_code', digest(CODE), { ...code, ...changes })
}

export function codeWithoutChallenge(): Row<'authorization_code'> {
  const { code_challenge: _, ...record } = code
  return row('authorization_code', digest(CODE), record)
}

export function familyRow(changes: Partial<Row<'refresh_token'>> = {}): Row<'refresh_token'> {
  const record = { client_id: 'C-spa', authorization: 'auth-1', sub: 'alice', scope: ['openid', 'offline_access', 'read'], resource: [], generation: 1, startedAt: NOW - 10, expiresAt: NOW + 1_295_990 }
  return row('refresh_token', digest(FAMILY_SECRET), { ...record, ...changes })
}

/** An authorization and the consent that it rests on. */
export function approved(changes: Partial<Row<'authorization'>> = {}): readonly [Row<'authorization'>, Row<'consent'>] {
  const granted = { ...authorization, ...changes }
  const { client_id, sub, scope, resource, createdAt } = granted
  return [granted, row('consent', consentKey(client_id, sub), { client_id, sub, scope, resource, grantedAt: createdAt })]
}

/** The world right after Alice came back to the client with a code. */
export function codeWorld(issued: Row<'authorization_code'> = codeRow(), granted: Partial<Row<'authorization'>> = {}): World {
  return worldOf([issued, ...approved(granted)])
}

/** The world in which the client holds the first refresh token. */
export function familyWorld(family: Partial<Row<'refresh_token'>> = {}, granted: Partial<Row<'authorization'>> = {}): World {
  return worldOf([familyRow(family), ...approved(granted)])
}

/** The one write that ends the authorization. */
export const REVOKED: readonly Write[] = [amend(authorization, { revokedAt: NOW })]
