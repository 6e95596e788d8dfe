import { describe, expect, it } from 'vitest'
import { type ClientMetadata, digest, parseClient, policyOf } from '../src/index.ts'
import { abilities, SECRET } from './world.ts'

const WEB: ClientMetadata = { client_id: 'web', client_secret: SECRET, redirect_uris: ['https://rp.example/cb'], scope: 'openid' }
const SPA: ClientMetadata = { client_id: 'spa', token_endpoint_auth_method: 'none', redirect_uris: ['https://spa.example/cb'], scope: 'openid' }

describe('a client', () => {
  it('is described in full by little', () => {
    expect(parseClient(WEB, abilities)).toEqual({
      client_id: 'web',
      enabled: true,
      application_type: 'web',
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: ['https://rp.example/cb'],
      post_logout_redirect_uris: [],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      scope: ['openid'],
      allowed_cors_origins: [],
      id_token_signed_response_alg: 'RS256',
      subject_type: 'public',
      require_auth_time: false,
      require_pushed_authorization_requests: false,
      require_signed_request_object: false,
      frontchannel_logout_session_required: false,
      backchannel_logout_session_required: false,
      secrets: [{ digest: digest(SECRET) }],
      profile: 'oauth21',
      policy: { ...policyOf('oauth21', false) },
    })
  })
  it('keeps no secret in clear', () => {
    expect(JSON.stringify(parseClient({ ...WEB, secrets: [{ secret: `second ${SECRET}` }] }, abilities))).not.toContain(SECRET)
  })
  it('has several secrets, some with an end', () => {
    expect(parseClient({ client_id: 'web', redirect_uris: ['https://rp.example/cb'], secrets: [{ secret: SECRET, expiresAt: 5 }, { digest: digest('x') }] }, abilities)).toMatchObject({ secrets: [{ digest: digest(SECRET), expiresAt: 5 }, { digest: digest('x') }] })
  })
  it('rotates refresh tokens when it is public, and must use PKCE in every profile', () => {
    for (const profile of ['oauth21', 'oidc', 'legacy'] as const) {
      expect(parseClient({ ...SPA, profile }, abilities)).toMatchObject({ profile, policy: { pkce: 'required', refreshTokenRotation: true, refreshTokenReplayWindow: 30, authorizationCodeLifetime: 60 } })
    }
    expect(parseClient({ ...WEB, profile: 'oidc' }, abilities)).toMatchObject({ policy: { pkce: 'optional', refreshTokenRotation: false } })
    expect(parseClient(WEB, abilities)).toMatchObject({ policy: { pkce: 'required', refreshTokenRotation: false } })
  })
  it('signs with what the server has', () => {
    expect(parseClient(WEB, { ...abilities, algorithms: ['ES256'] })).toMatchObject({ id_token_signed_response_alg: 'ES256' })
  })
})

const FINDINGS: readonly (readonly [string, ClientMetadata, string, string])[] = [
  ['an empty client_id', { ...WEB, client_id: '' }, 'client_id', 'printable ASCII'],
  ['a client_id with a space', { ...WEB, client_id: 'a b' }, 'client_id', 'printable ASCII'],
  ['a client_id of 256 characters', { ...WEB, client_id: 'a'.repeat(256) }, 'client_id', 'printable ASCII'],
  ['request objects signed by none', { ...WEB, jwks: { keys: [{ kty: 'EC' }] }, request_object_signing_alg: 'none' }, 'request_object_signing_alg', 'not accepted'],
  ['request objects signed by a secret', { ...WEB, jwks: { keys: [{ kty: 'EC' }] }, request_object_signing_alg: 'HS256' }, 'request_object_signing_alg', 'not accepted'],
  ['request objects that must be signed without a key', { ...WEB, require_signed_request_object: true }, 'require_signed_request_object', 'without a key'],
  ['request objects that last for no time', { ...WEB, policy: { requestObjectLifetime: 0 } }, 'policy.requestObjectLifetime', 'positive whole number'],
  ['an unknown method', { ...SPA, token_endpoint_auth_method: 'tls_client_auth' }, 'token_endpoint_auth_method', 'not supported'],
  ['a method of the object prototype', { ...SPA, token_endpoint_auth_method: 'toString' }, 'token_endpoint_auth_method', 'not supported'],
  ['an algorithm without a key', { ...WEB, id_token_signed_response_alg: 'ES384' }, 'id_token_signed_response_alg', 'no key'],
  ['alg none', { ...WEB, id_token_signed_response_alg: 'none' }, 'id_token_signed_response_alg', 'no key'],
  ['fapi2', { ...WEB, profile: 'fapi2' }, 'profile', 'not available'],
  ['no secret', { client_id: 'web', redirect_uris: ['https://rp.example/cb'], scope: 'openid' }, 'client_secret', 'there is none'],
  ['a public client with a secret', { ...SPA, client_secret: SECRET }, 'client_secret', 'no use for a secret'],
  ['a short secret', { ...WEB, client_secret: 'a'.repeat(31) }, 'client_secret', 'guessed'],
  ['an empty secret', { ...WEB, client_secret: '' }, 'client_secret', 'guessed'],
  ['a secret without text and digest', { client_id: 'web', redirect_uris: ['https://rp.example/cb'], secrets: [{}] }, 'secrets', 'digest'],
  ['a secret in clear as its digest', { client_id: 'web', redirect_uris: ['https://rp.example/cb'], secrets: [{ digest: SECRET }] }, 'secrets', 'digest'],
  ['no grant type', { ...WEB, grant_types: [], response_types: [] }, 'grant_types', 'do nothing'],
  ['a grant type twice', { ...WEB, grant_types: ['authorization_code', 'authorization_code'] }, 'grant_types', 'twice'],
  ['an unsupported grant type', { ...WEB, grant_types: ['authorization_code', 'urn:example:nosuch'] }, 'grant_types', 'urn:example:nosuch is not supported'],
  ['a grant type that legacy may have and this server has not', { ...WEB, profile: 'legacy', grant_types: ['authorization_code', 'password'] }, 'grant_types', 'password is not supported'],
  ['T20 a public client with client_credentials', { ...SPA, grant_types: ['authorization_code', 'client_credentials'] }, 'grant_types', 'public client'],
  ['an unsupported response type', { ...WEB, response_types: ['code', 'id_token token'] }, 'response_types', 'not supported'],
  ['HY04 a response type with a token', { ...WEB, response_types: ['code', 'code token'] }, 'response_types', 'not supported'],
  ['code without its grant', { client_id: 'm', client_secret: SECRET, grant_types: ['client_credentials'], response_types: ['code'], redirect_uris: ['https://rp.example/cb'] }, 'response_types', 'grant_types'],
  ['the grant without code', { ...WEB, response_types: [] }, 'response_types', 'grant_types'],
  ['G02 a redirect URI of plain http', { ...WEB, redirect_uris: ['https://rp.example/cb', 'http://rp.example/cb'] }, 'redirect_uris[1]', 'plain http'],
  ['G02 a private-use scheme at a web client', { ...WEB, redirect_uris: ['com.example:/cb'] }, 'redirect_uris[0]', 'native'],
  ['no redirect URI', { ...WEB, redirect_uris: [] }, 'redirect_uris', 'is empty'],
  ['a scope that nobody offers', { ...WEB, scope: 'openid nosuch' }, 'scope', 'offered by nobody'],
  ['an origin with a path', { ...SPA, allowed_cors_origins: ['https://spa.example', 'https://spa.example/'] }, 'allowed_cors_origins[1]', 'not an origin'],
  ['T19 the origin null', { ...SPA, allowed_cors_origins: ['null'] }, 'allowed_cors_origins[0]', 'not an origin'],
  ['T19 every origin', { ...SPA, allowed_cors_origins: ['*'] }, 'allowed_cors_origins[0]', 'not an origin'],
  ['a lifetime of nothing', { ...WEB, policy: { accessTokenLifetime: 0 } }, 'policy.accessTokenLifetime', 'positive'],
  ['half a second', { ...WEB, policy: { idTokenLifetime: 1.5 } }, 'policy.idTokenLifetime', 'positive'],
  ['no number', { ...WEB, policy: { idTokenLifetime: Number.NaN } }, 'policy.idTokenLifetime', 'positive'],
  ['a code of more than ten minutes', { ...WEB, policy: { authorizationCodeLifetime: 601 } }, 'policy.authorizationCodeLifetime', 'ten minutes'],
  ['a replay window of an hour', { ...SPA, policy: { refreshTokenReplayWindow: 3_600 } }, 'policy.refreshTokenReplayWindow', 'between 0 and 300'],
  ['a negative replay window', { ...SPA, policy: { refreshTokenReplayWindow: -1 } }, 'policy.refreshTokenReplayWindow', 'between 0 and 300'],
  ['no number of seconds for the replay window', { ...SPA, policy: { refreshTokenReplayWindow: Number.NaN } }, 'policy.refreshTokenReplayWindow', 'between 0 and 300'],
  ['a lifetime in words', { ...WEB, policy: JSON.parse('{ "accessTokenLifetime": "3600" }') as object }, 'policy.accessTokenLifetime', 'positive'],
  ['a misspelled PKCE policy', { ...WEB, policy: JSON.parse('{ "pkce": "require" }') as object }, 'policy.pkce', 'neither'],
  ['a misspelled consent policy', { ...WEB, policy: JSON.parse('{ "consent": "Never" }') as object }, 'policy.consent', 'none of'],
  ['F01 a public client without rotation', { ...SPA, policy: { refreshTokenRotation: false } }, 'policy.refreshTokenRotation', 'rotation'],
  ['an answer of userinfo signed by what the server has no key for', { ...WEB, userinfo_signed_response_alg: 'PS512' }, 'userinfo_signed_response_alg', 'no key for PS512'],
  ['encryption without a key', { ...WEB, id_token_encrypted_response_alg: 'RSA-OAEP' }, 'id_token_encrypted_response_alg', 'no key in jwks fits'],
  ['encryption with a key of another kind', { ...WEB, jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] }, userinfo_encrypted_response_alg: 'RSA-OAEP-256' }, 'userinfo_encrypted_response_alg', 'no key in jwks fits'],
  ['encryption with a key that signs', { ...WEB, jwks: { keys: [{ kty: 'EC', crv: 'P-256', use: 'sig', x: 'x', y: 'y' }] }, id_token_encrypted_response_alg: 'ECDH-ES' }, 'id_token_encrypted_response_alg', 'no key in jwks fits'],
  ['encryption by RSA1_5', { ...WEB, jwks_uri: 'https://rp.example/jwks', id_token_encrypted_response_alg: 'RSA1_5' as 'RSA-OAEP' }, 'id_token_encrypted_response_alg', 'RSA1_5 is not supported'],
  ['encryption by a password', { ...WEB, jwks_uri: 'https://rp.example/jwks', userinfo_encrypted_response_alg: 'PBES2-HS256+A128KW' as 'RSA-OAEP' }, 'userinfo_encrypted_response_alg', 'is not supported'],
  ['content encryption that is unknown', { ...WEB, jwks_uri: 'https://rp.example/jwks', id_token_encrypted_response_alg: 'RSA-OAEP', id_token_encrypted_response_enc: 'A128CBC' as 'A128GCM' }, 'id_token_encrypted_response_enc', 'A128CBC is not supported'],
  ['content encryption alone', { ...WEB, userinfo_encrypted_response_enc: 'A128GCM' }, 'userinfo_encrypted_response_enc', 'stands without'],
  ['P01 a public client without PKCE', { ...SPA, policy: { pkce: 'optional' } }, 'policy.pkce', 'PKCE'],
]

describe('what cannot stand in a client', () => {
  it.each(FINDINGS)('%s', (_, metadata, path, reason) => {
    const findings = parseClient(metadata, abilities)
    expect(findings).toEqual([expect.objectContaining({ path, reason: expect.stringContaining(reason) })])
    expect(JSON.stringify(findings)).not.toContain(SECRET)
  })
  it('is told all at once', () => {
    const findings = parseClient({ ...WEB, client_id: '', client_secret: 'short', grant_types: ['authorization_code', 'implicit'], scope: 'nosuch' }, abilities)
    expect(Array.isArray(findings) ? findings.map(({ path }) => path) : findings).toEqual(['client_id', 'client_secret', 'grant_types', 'response_types', 'scope'])
  })
})
