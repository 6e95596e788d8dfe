import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeBase64url } from '../base64url.ts'
import { tokenHash } from '../tokens/token-hash.ts'
import {
  authorizationRequest, codeChallenge, decideAuthorizationResponse, decideIdToken, decideRequiredHashes, decideServerMetadata, decideTokenResponse, decideUserinfo, parseOAuthError,
  type AuthorizationResponseExpectation, type IdTokenExpectation, type RelyingPartyRefusalKey,
} from './index.ts'

const issuer = 'https://op.example'
const now = 1_800_000_000

function jwt(claims: object, header: object = { alg: 'RS256' }, signature = 'c2ln'): string {
  return [header, claims].map(part => encodeBase64url(new TextEncoder().encode(JSON.stringify(part)))).join('.') + `.${signature}`
}

function reasonOf(decision: { readonly kind: string; readonly reason?: RelyingPartyRefusalKey }): string {
  return decision.reason ?? decision.kind
}

describe('authorization request', () => {
  const input = {
    issuer, client_id: 'spa', redirect_uri: 'https://app.example/cb', scope: 'openid api', state: 's', nonce: 'n', code_verifier: 'v', code_challenge: 'c',
    resource: ['https://a.example', 'https://b.example'], max_age: 60, extra: { prompt: 'login', state: 'overwritten' }, now,
  }
  test('carries state, nonce and challenge, and extras never replace them', () => {
    expect(authorizationRequest(input).parameters).toEqual([
      ['response_type', 'code'], ['client_id', 'spa'], ['redirect_uri', 'https://app.example/cb'], ['scope', 'openid api'], ['state', 's'], ['nonce', 'n'],
      ['code_challenge', 'c'], ['code_challenge_method', 'S256'], ['max_age', '60'], ['resource', 'https://a.example'], ['resource', 'https://b.example'], ['prompt', 'login'],
    ])
  })
  test('remembers what the response is judged by', () => {
    const { code_challenge: _, extra: __, now: createdAt, ...kept } = input
    expect(authorizationRequest(input).pending).toEqual({ ...kept, createdAt })
  })
  test('sends no nonce when no ID Token is asked for', () => {
    const { parameters, pending } = authorizationRequest({ ...input, scope: 'api' })
    expect(parameters.map(([name]) => name)).not.toContain('nonce')
    expect(pending.nonce).toBeUndefined()
  })
  test('RFC 7636 Appendix B', () => {
    expect(codeChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
  })
})

describe('authorization response', () => {
  const pending = { issuer, client_id: 'spa', redirect_uri: 'https://app.example/cb', state: 's1', code_verifier: 'v', createdAt: now }
  const expected: AuthorizationResponseExpectation = { pending, issIsAdvertised: true, now: now + 5, lifetime: 3600 }
  const decide = (query: string, more: Partial<AuthorizationResponseExpectation> = {}): ReturnType<typeof decideAuthorizationResponse> =>
    decideAuthorizationResponse(new URLSearchParams(query), { ...expected, ...more })
  const good = `code=abc&state=s1&iss=${issuer}`

  test('accepts a response to its request', () => {
    expect(decide(good)).toEqual({ kind: 'accepted', code: 'abc' })
    expect(decide('code=abc&state=s1&session_state=x', { issIsAdvertised: false })).toEqual({ kind: 'accepted', code: 'abc' })
  })
  test.each([
    ['state_mismatch', `code=abc&iss=${issuer}`],
    ['state_mismatch', `code=abc&state=s2&iss=${issuer}`],
    ['issuer_missing', 'code=abc&state=s1'],
    ['issuer_mismatch', 'code=abc&state=s1&iss=https://evil.example'],
    ['issuer_mismatch', `code=abc&state=s1&iss=${issuer}/`],
    ['issuer_mismatch', 'error=access_denied&state=s1&iss=https://evil.example'],
    ['code_missing', `state=s1&iss=${issuer}`],
    ['code_missing', `code=&state=s1&iss=${issuer}`],
    ['response_malformed', `${good}&code=def`],
    ['response_malformed', `${good}&state=s1`],
    ['response_malformed', `error=%22&state=s1&iss=${issuer}`],
    ['front_channel_token', `${good}&access_token=t`],
    ['front_channel_token', `${good}&id_token=t`],
    ['authorization_failed', `error=access_denied&state=s1&iss=${issuer}`],
  ])('refuses as %s: %s', (reason, query) => {
    expect(reasonOf(decide(query))).toBe(reason)
  })
  test('refuses what comes too late, and an empty state even when it is the one kept', () => {
    expect(reasonOf(decide(good, { now: now + 3601 }))).toBe('state_expired')
    expect(reasonOf(decide(`code=abc&state=&iss=${issuer}`, { pending: { ...pending, state: '' } }))).toBe('state_mismatch')
  })
  test('hands on the error in the words of the issuer', () => {
    expect(decide(`error=login_required&error_description=Sign%20in&state=s1&iss=${issuer}`)).toMatchObject({ oauth: { error: 'login_required', description: 'Sign in' } })
    expect(parseOAuthError({ error: 'x', error_description: 'a\u0007b', error_uri: 'javascript:alert(1)' })).toEqual({ error: 'x', description: 'a b' })
  })
})

describe('token response', () => {
  const body = { access_token: 'at', token_type: 'bearer', expires_in: 60, scope: 'a b a', refresh_token: 'rt', id_token: 'x.y.z' }
  test('accepts what is well formed, whatever the case of its type', () => {
    expect(decideTokenResponse(body, { token_type: 'Bearer' })).toEqual({ ...body, kind: 'accepted', token_type: 'Bearer', scope: ['a', 'b'] })
    expect(decideTokenResponse({ access_token: 'at', token_type: 'BEARER' }, { token_type: 'Bearer', scope: 'a' })).toEqual({ kind: 'accepted', access_token: 'at', token_type: 'Bearer', scope: ['a'] })
    expect(decideTokenResponse({ ...body, expires_in: '3600' }, { token_type: 'Bearer' })).toMatchObject({ expires_in: 3600 })
  })
  test.each([
    ['token_response_malformed', { access_token: '' }],
    ['token_response_malformed', { access_token: 'a\r\nb' }],
    ['token_response_malformed', { access_token: 1 }],
    ['token_response_malformed', { token_type: undefined }],
    ['token_response_malformed', { refresh_token: null }],
    ['token_response_malformed', { id_token: {} }],
    ['token_type_mismatch', { token_type: 'DPoP' }],
    ['expires_in_invalid', { expires_in: -1 }],
    ['expires_in_invalid', { expires_in: 0 }],
    ['expires_in_invalid', { expires_in: JSON.parse('1e309') }],
    ['expires_in_invalid', { expires_in: 'x' }],
    ['expires_in_invalid', { expires_in: null }],
    ['expires_in_invalid', { expires_in: 2 ** 40 }],
    ['scope_malformed', { scope: ['a'] }],
    ['scope_malformed', { scope: 'a"b' }],
  ])('refuses as %s: %j', (reason, change) => {
    expect(reasonOf(decideTokenResponse({ ...body, ...change }, { token_type: 'Bearer' }))).toBe(reason)
  })
  test('never takes Bearer for DPoP', () => {
    expect(reasonOf(decideTokenResponse(body, { token_type: 'DPoP' }))).toBe('token_type_mismatch')
  })
  test('refuses what is no object', () => {
    for (const none of [undefined, null, 'text', 1]) expect(reasonOf(decideTokenResponse(none, { token_type: 'Bearer' }))).toBe('token_response_malformed')
  })
})

describe('ID Token', () => {
  const claims = { iss: issuer, sub: 'alice', aud: 'spa', exp: now + 300, iat: now, nonce: 'n1', auth_time: now - 10, at_hash: 'AT', c_hash: 'CH', s_hash: 'SH' }
  const expected: IdTokenExpectation = {
    issuer, client_id: 'spa', algorithms: ['RS256', 'none'], now, tolerance: 30, nonce: 'n1', max_age: 60, hashes: { at_hash: 'AT', c_hash: 'CH', s_hash: 'SH' },
  }
  const decide = (change: object = {}, more: Partial<IdTokenExpectation> = {}, header?: object, signature?: string): ReturnType<typeof decideIdToken> =>
    decideIdToken(jwt({ ...claims, ...change }, header, signature), { ...expected, ...more })

  test('accepts a good one, with one audience in a list, and within the tolerance of clocks', () => {
    expect(decide()).toEqual({ kind: 'accepted', claims })
    expect(reasonOf(decide({ aud: ['spa'] }))).toBe('accepted')
    expect(reasonOf(decide({ aud: ['spa', 'api'], azp: 'spa' }))).toBe('accepted')
    expect(reasonOf(decide({ exp: now - 29, iat: now + 30 }))).toBe('accepted')
    expect(reasonOf(decide({ name: 'Älice 🦊' }))).toBe('accepted')
  })
  test.each<[string, object]>([
    ['id_token_issuer_mismatch', { iss: `${issuer}/` }],
    ['id_token_audience_mismatch', { aud: 'other' }],
    ['id_token_audience_mismatch', { aud: ['other', 'another'] }],
    ['id_token_audience_untrusted', { aud: ['spa', 'other'] }],
    ['id_token_azp_mismatch', { azp: 'other' }],
    ['id_token_expired', { exp: now - 30 }],
    ['id_token_issued_in_future', { iat: now + 31 }],
    ['id_token_not_yet_valid', { nbf: now + 31 }],
    ['nonce_mismatch', { nonce: 'n2' }],
    ['nonce_mismatch', { nonce: undefined }],
    ['auth_time_missing', { auth_time: undefined }],
    ['auth_time_too_old', { auth_time: now - 91 }],
    ['at_hash_mismatch', { at_hash: 'XX' }],
    ['c_hash_mismatch', { c_hash: 'XX' }],
    ['s_hash_mismatch', { s_hash: 'XX' }],
    ...['iss', 'sub', 'aud', 'exp', 'iat'].map((name): [string, object] => ['id_token_claim_missing', { [name]: undefined }]),
    ['id_token_claim_missing', { exp: String(now + 300) }],
    ['id_token_claim_missing', { sub: '' }],
    ['id_token_claim_missing', { aud: [] }],
    ['id_token_claim_missing', { at_hash: 1 }],
  ])('refuses as %s: %j', (reason, change) => {
    expect(reasonOf(decide(change))).toBe(reason)
  })
  test.each([
    ['id_token_unsigned', { alg: 'none' }],
    ['id_token_unsigned', { alg: 'NONE' }],
    ['id_token_alg_unexpected', { alg: 'HS256' }],
    ['id_token_malformed', {}],
    ['id_token_malformed', { alg: 'RS256', crit: ['b64'] }],
  ])('refuses as %s the header %j', (reason, header) => {
    expect(reasonOf(decide({}, {}, header))).toBe(reason)
  })
  test('refuses a missing signature and what is no JWT', () => {
    expect(reasonOf(decide({}, {}, { alg: 'RS256' }, ''))).toBe('id_token_unsigned')
    for (const text of ['', 'a.b', 'a.b.c', 'a.b.c.d.e', `${jwt(claims)}.x`, jwt([1])]) expect(reasonOf(decideIdToken(text, expected))).toBe('id_token_malformed')
  })
  test('a hash claim whose algorithm is unknown is a failure, and so is one that must be there', () => {
    expect(reasonOf(decide({}, { hashes: { at_hash: undefined } }))).toBe('hash_alg_unknown')
    const silent = { ...claims, at_hash: undefined, c_hash: undefined, s_hash: undefined }
    expect(reasonOf(decideRequiredHashes(silent, ['at_hash']))).toBe('at_hash_missing')
    expect(reasonOf(decideRequiredHashes(silent, ['c_hash']))).toBe('c_hash_missing')
    expect(reasonOf(decideRequiredHashes(silent, ['s_hash']))).toBe('s_hash_missing')
  })
  test('a refreshed one must be about the same sign-in, and need not repeat its nonce', () => {
    const previous = { ...claims }
    expect(reasonOf(decide({ nonce: undefined }, { previous }))).toBe('accepted')
    for (const change of [{ sub: 'bob' }, { nonce: 'n2' }, { auth_time: now }]) expect(reasonOf(decide(change, { previous }))).toBe('refreshed_identity_mismatch')
  })
  test('OpenID Connect Core Appendix A', () => {
    expect(tokenHash('jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y', 'RS256')).toBe('77QmUPtjPfzWtF2AnpK9RQ')
    expect(tokenHash('Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk', 'RS256')).toBe('LDktKdoQak3Pk0cnXxCltA')
  })
  test('no input makes it throw', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json().map(text => jwt(JSON.parse(text) ?? {}))), text => {
      decideIdToken(text, expected)
    }))
  })
})

describe('discovery', () => {
  const metadata = { issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token?x=1`, jwks_uri: `${issuer}/jwks`, registration_endpoint: null }
  const decide = (change: object, at = issuer, allowInsecure = false): ReturnType<typeof decideServerMetadata> => decideServerMetadata({ ...metadata, ...change }, { issuer: at, allowInsecure })
  test('accepts endpoints on https, and on http where the issuer is on this machine', () => {
    expect(reasonOf(decide({}))).toBe('accepted')
    expect(reasonOf(decide({ issuer: 'http://localhost:4700', token_endpoint: 'http://127.0.0.1:4700/token' }, 'http://localhost:4700'))).toBe('accepted')
    expect(reasonOf(decide({ token_endpoint: 'http://op.internal/token' }, issuer, true))).toBe('accepted')
  })
  test('says so when only a trailing slash differs', () => {
    expect(decide({ issuer: `${issuer}/` })).toMatchObject({ reason: 'metadata_issuer_mismatch', detail: expect.stringContaining('only by a trailing slash') })
    expect(decide({ issuer: 'https://other.example' })).toMatchObject({ detail: expect.not.stringContaining('slash') })
  })
  test.each([
    'http://op.example/token', 'http://127.0.0.1/token', 'file:///etc/passwd', '--flag', '$(calc)', 'https://user@op.example/', 'https://169.254.169.254/latest',
    'https://[fe80::1]/', 'https://[::ffff:169.254.169.254]/', 'javascript:alert(1)', 'https://op.example/"x', ' https://op.example/', '', 7,
  ])('refuses the endpoint %s', endpoint => {
    expect(decide({ token_endpoint: endpoint })).toMatchObject({ reason: 'endpoint_not_allowed', detail: 'token_endpoint' })
    expect(decide({ authorization_endpoint: endpoint })).toMatchObject({ reason: 'endpoint_not_allowed' })
  })
  test('refuses what is no document', () => {
    for (const none of [undefined, null, [], 'x', {}, { issuer: 1 }]) expect(reasonOf(decideServerMetadata(none, { issuer, allowInsecure: false }))).toBe('metadata_malformed')
  })
})

test('UserInfo must be about the user of the ID Token', () => {
  expect(decideUserinfo({ sub: 'alice', name: 'A' }, 'alice')).toEqual({ kind: 'accepted', claims: { sub: 'alice', name: 'A' } })
  expect(reasonOf(decideUserinfo({ sub: 'bob' }, 'alice'))).toBe('userinfo_subject_mismatch')
  for (const none of [null, {}, { sub: 1 }, 'jwt']) expect(reasonOf(decideUserinfo(none, 'alice'))).toBe('userinfo_malformed')
})
