import { describe, expect, it } from 'vitest'
import { authorizationCode, type Client, clientCredentials, consentKey, type Finding, parseClient, remember, type ClientMetadata } from '../src/index.ts'
import { approved, authorization, codeRow } from './grant-world.ts'
import { abilities, catalogue, clientOf, CODE, decide, expectIssue, form, machine, NOW, row, SECRET, spa, VERIFIER, withPolicy, worldOf } from './world.ts'

const [, consent] = approved()

describe('how long a consent is remembered', () => {
  const asked = { scope: ['openid'], resource: [] }
  it('is until it is withdrawn', () => {
    expect(remember(undefined, asked, 'alice', spa, NOW)).toEqual({ write: 'insert', kind: 'consent', key: consentKey('C-spa', 'alice'), record: { client_id: 'C-spa', sub: 'alice', scope: ['openid'], grantedAt: NOW } })
  })
  it('is as long as the client says, from the last time', () => {
    const written = remember(row('consent', consent.key, { ...consent, expiresAt: NOW + 5 }), asked, 'alice', withPolicy(spa, { consentLifetime: 100 }), NOW)
    expect(written).toMatchObject({ write: 'replace', record: { expiresAt: NOW + 100 } })
  })
})

describe('the claims about a client', () => {
  const claims = { tier: 'gold', limits: { perDay: 7 } }
  const tokenOf = (client: Client) => expectIssue(decide(clientCredentials.begin(form({ grant_type: 'client_credentials', scope: 'read' }), client, catalogue), worldOf([]))).accessToken?.claims
  const userTokenOf = (client: Client) => {
    const begun = authorizationCode.begin(form({ grant_type: 'authorization_code', code: CODE, redirect_uri: 'https://spa.example/cb', code_verifier: VERIFIER }), client, catalogue)
    return expectIssue(decide(begun, worldOf([codeRow({}), authorization, consent]))).accessToken?.claims
  }
  it('are in the tokens it gets for itself, under its prefix', () => {
    expect(tokenOf({ ...machine, claims })).toMatchObject({ client_tier: 'gold', client_limits: { perDay: 7 }, sub: 'C-m2m' })
    expect(tokenOf(withPolicy({ ...machine, claims }, { clientClaimsPrefix: '' }))).toMatchObject({ tier: 'gold', client_id: 'C-m2m' })
  })
  it('are in tokens for users only where its policy says so', () => {
    expect(userTokenOf({ ...spa, claims })).not.toHaveProperty('client_tier')
    expect(userTokenOf(withPolicy({ ...spa, claims }, { clientClaimsInUserTokens: true }))).toMatchObject({ client_tier: 'gold', sub: 'alice' })
  })
  it('never stand in for one that the server makes', () => {
    const forged = withPolicy({ ...machine, claims: { sub: 'root', id: 'root', iss: 'evil' } }, { clientClaimsPrefix: '' })
    expect(tokenOf(forged)).toMatchObject({ sub: 'C-m2m', iss: catalogue.issuer })
    expect(tokenOf(withPolicy(forged, { clientClaimsPrefix: 'client_' }))).toMatchObject({ client_id: 'C-m2m', client_sub: 'root' })
  })
})

describe('findings on the further settings', () => {
  const WEB: ClientMetadata = { client_id: 'web', client_secret: SECRET, redirect_uris: ['https://rp.example/cb'], scope: 'openid' }
  const KEY = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }
  const { client_secret: _, ...bare } = WEB
  const signing: ClientMetadata = { ...bare, token_endpoint_auth_method: 'private_key_jwt' }
  const pathsOf = (metadata: ClientMetadata): readonly string[] => {
    const outcome = parseClient(metadata, abilities)
    return 'client_id' in outcome ? [] : (outcome as readonly Finding[]).map(({ path }) => path)
  }
  it('are none for a client that uses them all', () => {
    const full: ClientMetadata = {
      ...signing, enabled: true, jwks: { keys: [KEY] }, token_endpoint_auth_signing_alg: 'ES256', client_uri: 'https://rp.example/', logo_uri: 'http://localhost:8080/logo.png', policy_uri: 'https://rp.example/privacy?x=1', tos_uri: 'https://rp.example/#terms',
      contacts: ['ops@rp.example'], description: 'ours', properties: { team: 'one' }, claims: { tier: 'gold' }, request_uris: ['https://rp.example/r#x'], initiate_login_uri: 'https://rp.example/login', default_max_age: 0,
      post_logout_redirect_uris: ['https://rp.example/bye'], frontchannel_logout_uri: 'https://rp.example/f', backchannel_logout_uri: 'https://rp.example/b', policy: { consentLifetime: 60, signInLifetime: 60, assertionAudience: 'endpoint' },
    }
    expect(pathsOf(full)).toEqual([])
    expect(clientOf(full)).toMatchObject({ enabled: true, properties: { team: 'one' }, description: 'ours', secrets: [] })
  })
  it.each<[string, ClientMetadata, string]>([
    ['a logo that is a script', { ...WEB, logo_uri: 'javascript:alert(1)' }, 'logo_uri'],
    ['a logo with a quotation mark', { ...WEB, logo_uri: 'https://rp.example/"onerror=' }, 'logo_uri'],
    ['terms over plain http', { ...WEB, tos_uri: 'http://rp.example/' }, 'tos_uri'],
    ['keys and their address', { ...signing, jwks: { keys: [KEY] }, jwks_uri: 'https://rp.example/jwks' }, 'jwks'],
    ['a private key', { ...signing, jwks: { keys: [{ ...KEY, d: 'd' }] } }, 'jwks'],
    ['a symmetric key', { ...signing, jwks: { keys: [{ kty: 'oct', k: 'k' }] } }, 'jwks'],
    ['private_key_jwt without keys', signing, 'jwks'],
    ['keys over plain http', { ...signing, jwks_uri: 'http://rp.example/jwks' }, 'jwks_uri'],
    ['an algorithm of the other method', { ...signing, jwks: { keys: [KEY] }, token_endpoint_auth_signing_alg: 'HS256' }, 'token_endpoint_auth_signing_alg'],
    ['alg none', { ...signing, jwks: { keys: [KEY] }, token_endpoint_auth_signing_alg: 'none' }, 'token_endpoint_auth_signing_alg'],
    ['client_secret_jwt by a digest', { ...bare, token_endpoint_auth_method: 'client_secret_jwt', secrets: [{ digest: 'x'.repeat(43) }] }, 'secrets'],
    ['claims that the server makes', { ...WEB, claims: { sub: 'root' }, policy: { clientClaimsPrefix: '' } }, 'claims'],
    ['claims that the prefix turns into one of the server', { ...WEB, claims: { id: 'root' } }, 'claims'],
    ['a prefix with a space', { ...WEB, policy: { clientClaimsPrefix: 'a b' } }, 'policy.clientClaimsPrefix'],
    ['a consent of no time', { ...WEB, policy: { consentLifetime: 0 } }, 'policy.consentLifetime'],
    ['a sign-in of half a second', { ...WEB, policy: { signInLifetime: 0.5 } }, 'policy.signInLifetime'],
    ['another audience', { ...WEB, policy: { assertionAudience: 'any' as 'issuer' } }, 'policy.assertionAudience'],
    ['REG-4 initiate_login_uri over http', { ...WEB, initiate_login_uri: 'http://localhost/login' }, 'initiate_login_uri'],
    ['a request_uri over http', { ...WEB, request_uris: ['http://rp.example/r'] }, 'request_uris[0]'],
    ['33 request_uris', { ...WEB, request_uris: Array.from({ length: 33 }, (_, at) => `https://rp.example/${at}`) }, 'request_uris'],
    ['a negative default_max_age', { ...WEB, default_max_age: -1 }, 'default_max_age'],
    ['a wildcard after signing out', { ...WEB, post_logout_redirect_uris: ['https://*.rp.example/'] }, 'post_logout_redirect_uris[0]'],
    ['a fragment in a logout address', { ...WEB, backchannel_logout_uri: 'https://rp.example/b#x' }, 'backchannel_logout_uri'],
    ['a logout page over http', { ...WEB, frontchannel_logout_uri: 'http://rp.example/f' }, 'frontchannel_logout_uri'],
  ])('%s', (_, metadata, path) => {
    expect(pathsOf(metadata)).toEqual([path])
  })
})
