import { type ClientMetadata, parseClient, RESPONSE_TYPES } from '@latchkey/core'
import { expect, it } from 'vitest'
import type { Advice } from '../src/config/advice-rule.ts'
import { clientAdvice } from '../src/config/client-advice.ts'
import type { ConfiguredClient } from '../src/config/client-schema.ts'
import { web } from './bad-configurations.ts'

const ABILITIES = { grant_types: ['authorization_code', 'implicit', 'password', 'refresh_token', 'client_credentials'], response_types: RESPONSE_TYPES, scopes: new Set(['openid', 'api']), algorithms: ['RS256'] }
const SECRET = web.client_secret

/** A client about which nothing can be said. */
const SOUND = { client_id: 'web', secrets: [{ secret: SECRET, expiresAt: 2_000_000_000 }], redirect_uris: ['https://rp.example.com/callback'], scope: 'openid api' }
const PUBLIC: Partial<ConfiguredClient> = { secrets: undefined, token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'] }
const HYBRID: Partial<ConfiguredClient> = { profile: 'oidc', policy: { pkce: 'required' }, grant_types: ['authorization_code', 'implicit'] }

function advised(changes: Partial<ConfiguredClient>, isLocal = false): readonly Advice[] {
  const written = JSON.parse(JSON.stringify({ ...SOUND, ...changes })) as ClientMetadata
  const client = parseClient(written, ABILITIES)
  if (!('client_id' in client)) throw new Error(JSON.stringify(client))
  return clientAdvice(client, { at: 3, value: written as ConfiguredClient, without: new Set() }, 0, isLocal)
}

const ROWS: readonly (readonly [changes: Partial<ConfiguredClient>, said: readonly string[], text: string])[] = [
  [{ profile: 'legacy', policy: { pkce: 'required' } }, ['warning profile'], 'taken out'],
  [{ profile: 'legacy' }, ['warning profile', 'warning profile'], 'PKCE'],
  [{ profile: 'legacy', policy: { pkce: 'required' }, grant_types: ['password'] }, ['warning profile', 'warning grant_types[0]'], 'sees the passwords'],
  [{ profile: 'legacy', grant_types: ['client_credentials'], redirect_uris: [] }, ['warning profile'], 'legacy'],
  [{ profile: 'oidc' }, ['warning profile'], 'leave PKCE out'],
  [{ policy: { pkce: 'optional' } }, ['warning policy.pkce'], 'leave PKCE out'],
  [{ ...HYBRID, grant_types: ['implicit'], response_types: ['id_token'] }, ['warning grant_types[0]'], 'address bar'],
  [{ ...HYBRID, grant_types: ['implicit'], response_types: ['token id_token'] }, ['warning grant_types[0]', 'warning response_types[0]'], 'is id_token token, which sends access tokens'],
  [{ ...HYBRID, response_types: ['code id_token'] }, ['advice grant_types[1]'], 'hybrid responses only'],
  [{ ...HYBRID, response_types: ['code id_token', 'code token'] }, ['advice grant_types[1]', 'warning response_types[1]'], 'access tokens through the browser'],
  [{ ...HYBRID, response_types: ['code', 'code id_token'] }, ['advice grant_types[1]', 'warning response_types'], 'mixes code with code id_token'],
  [{ ...HYBRID, response_types: ['code', 'id_token'] }, ['warning grant_types[1]', 'warning response_types'], 'downgrade'],
  [{ policy: { accessTokenLifetime: 86_401 } }, ['warning policy.accessTokenLifetime'], 'longer than a day'],
  [{ policy: { authorizationCodeLifetime: 61 } }, ['warning policy.authorizationCodeLifetime'], 'longer than 60 seconds'],
  [{ policy: { accessTokenLifetime: 86_400, authorizationCodeLifetime: 60 } }, [], ''],
  [{ ...PUBLIC, policy: { refreshTokenReplayWindow: 0 } }, ['advice policy.refreshTokenReplayWindow'], 'two tabs at once'],
  [{ ...PUBLIC, grant_types: ['authorization_code'], policy: { refreshTokenReplayWindow: 0 } }, [], ''],
  [{ grant_types: ['authorization_code', 'refresh_token'], policy: { refreshTokenReplayWindow: 0 } }, [], ''],
  [{ policy: { refreshTokenSlidingLifetime: 2_592_001 } }, ['advice policy.refreshTokenSlidingLifetime'], 'has no effect'],
  [{ secrets: undefined, client_secret: SECRET }, ['advice client_secret'], 'has no end'],
  [{ secrets: undefined, client_secret: SECRET, client_secret_file: './web.secret' }, ['advice client_secret'], 'has no end'],
  [{ secrets: [{ secret: SECRET, expiresAt: 2_000_000_000 }, { secret: `${SECRET}2` }] }, ['advice secrets[1]'], 'add expiresAt'],
  [{ redirect_uris: ['https://rp.example.com/cb', 'http://localhost:3000/cb'] }, ['warning redirect_uris[1]'], 'plain http'],
  [{ redirect_uris: ['http://127.0.0.1:3000/cb', 'http://[::1]/cb'] }, ['warning redirect_uris[0]', 'warning redirect_uris[1]'], 'plain http'],
  [{ redirect_uris: ['http://127.0.0.1/cb'], application_type: 'native' }, [], ''],
  [{ post_logout_redirect_uris: ['https://rp.example.com/', 'http://localhost:3000/'] }, ['warning post_logout_redirect_uris[1]'], 'plain http'],
  [{ redirect_uris: ['http://localhost:3000/cb'], frontchannel_logout_uri: 'http://localhost:3000/f', backchannel_logout_uri: 'http://localhost:3000/b' }, ['warning redirect_uris[0]', 'warning frontchannel_logout_uri', 'warning backchannel_logout_uri'], 'does not call'],
  [{ frontchannel_logout_uri: 'https://rp.example.com/f' }, ['advice frontchannel_logout_uri'], 'add a backchannel_logout_uri'],
  [{ frontchannel_logout_uri: 'https://rp.example.com/f', backchannel_logout_uri: 'https://rp.example.com/b' }, [], ''],
  [{}, [], ''],
]

it.each(ROWS)('%j is advised', (changes, said, text) => {
  const advice = advised(changes)
  expect(advice.map(({ severity, path }) => `${severity} ${path}`)).toEqual(said.map((one) => one.replace(' ', ' clients[3].')))
  expect(advice.map(({ reason, remedy }) => `${reason}\n${remedy}`).join('\n')).toContain(text)
  for (const { reason, remedy } of advice) {
    expect(reason).toMatch(/^(is|has|lets|sends|mixes) /)
    expect(remedy.length).toBeGreaterThan(5)
    expect(reason + remedy).not.toContain(SECRET)
  }
})

it('leaves the secrets and addresses of a server on this machine alone', () => {
  expect(advised({ secrets: undefined, client_secret: SECRET, redirect_uris: ['http://localhost:3000/cb'] }, true)).toEqual([])
  expect(advised({ profile: 'oidc' }, true)).toHaveLength(1)
})
