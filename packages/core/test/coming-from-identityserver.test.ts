import { describe, expect, it } from 'vitest'
import { type Client, type ClientMetadata, type Finding, GRANT_TYPES, GrantTypes, parseClient, RESPONSE_TYPES } from '../src/index.ts'
import { abilities, SECRET } from './world.ts'

const able = { ...abilities, grant_types: GRANT_TYPES, response_types: RESPONSE_TYPES }
const BASE: ClientMetadata = { client_id: 'app', client_secret: SECRET, redirect_uris: ['https://rp.example/cb'], scope: 'openid' }
const MACHINE: ClientMetadata = { client_id: 'app', client_secret: SECRET, scope: 'read' }
const HYBRID = ['code id_token', 'code token', 'code id_token token']
const IMPLICIT = ['token', 'id_token', 'id_token token']
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'

function isClient(outcome: Client | readonly Finding[]): outcome is Client {
  return 'client_id' in outcome
}
function findingsOf(metadata: ClientMetadata): readonly (readonly [path: string, reason: string])[] {
  const outcome = parseClient(metadata, able)
  return isClient(outcome) ? [] : outcome.map(({ path, reason }) => [path, reason] as const)
}
function clientOf(metadata: ClientMetadata): Client {
  const outcome = parseClient(metadata, able)
  if (!isClient(outcome)) throw new Error(JSON.stringify(outcome))
  return outcome
}

describe('3.2 the ten named combinations', () => {
  type Row = readonly [name: keyof typeof GrantTypes, grant_types: readonly string[], response_types: readonly string[], metadata: ClientMetadata]
  it.each<Row>([
    ['implicit', ['implicit'], IMPLICIT, { ...BASE, profile: 'legacy' }],
    ['implicitAndClientCredentials', ['implicit', 'client_credentials'], IMPLICIT, { ...BASE, profile: 'legacy' }],
    ['code', ['authorization_code'], ['code'], BASE],
    ['codeAndClientCredentials', ['authorization_code', 'client_credentials'], ['code'], BASE],
    ['hybrid', ['authorization_code', 'implicit'], HYBRID, { ...BASE, policy: { accessTokensInFrontChannel: true } }],
    ['hybridAndClientCredentials', ['authorization_code', 'implicit', 'client_credentials'], HYBRID, { ...BASE, profile: 'oidc' }],
    ['clientCredentials', ['client_credentials'], [], MACHINE],
    ['resourceOwnerPassword', ['password'], [], { ...MACHINE, profile: 'legacy' }],
    ['resourceOwnerPasswordAndClientCredentials', ['password', 'client_credentials'], [], { ...MACHINE, profile: 'legacy' }],
    ['deviceFlow', [DEVICE], [], MACHINE],
  ])('%s is %j and %j', (name, grant_types, response_types, metadata) => {
    expect(clientOf({ ...metadata, ...GrantTypes[name] })).toMatchObject({ grant_types, response_types })
  })
  it('are ten', () => {
    expect(Object.keys(GrantTypes)).toHaveLength(10)
  })
  it.each<[keyof typeof GrantTypes, ClientMetadata['profile'], string]>([
    ['implicit', 'oauth21', 'answered without a code'],
    ['implicit', 'oidc', 'no OpenID Connect response type'],
    ['implicitAndClientCredentials', 'oauth21', 'answered without a code'],
    ['hybrid', 'oauth21', 'sends access tokens through the browser'],
    ['resourceOwnerPassword', 'oauth21', 'password to the client'],
    ['resourceOwnerPassword', 'oidc', 'password to the client'],
    ['resourceOwnerPasswordAndClientCredentials', 'oauth21', 'password to the client'],
  ])('%s does not stand in profile %s: %s', (name, profile = 'oauth21', reason) => {
    expect(findingsOf({ ...BASE, profile, ...GrantTypes[name] }).map(([, why]) => why)).toContainEqual(expect.stringContaining(reason))
  })
  it('can not be changed through the client that was read from them', () => {
    const own = { ...BASE, grant_types: ['authorization_code'], redirect_uris: ['https://rp.example/cb'], allowed_cors_origins: ['https://rp.example'] }
    const client = clientOf(own)
    own.grant_types.push('password')
    own.redirect_uris.push('https://evil.example/cb')
    own.allowed_cors_origins.push('https://evil.example')
    expect(client).toMatchObject({ grant_types: ['authorization_code'], redirect_uris: ['https://rp.example/cb'], allowed_cors_origins: ['https://rp.example'] })
    expect(GrantTypes.code.grant_types).toEqual(['authorization_code'])
  })
})

describe('3.2 the rules of a list', () => {
  const both = ['authorization_code', 'implicit']
  it.each<[string, ClientMetadata, readonly (readonly [string, string])[]]>([
    ['a space in a grant type', { ...BASE, grant_types: ['authorization_code', 'client_credentials refresh_token'] }, [['grant_types', 'space in it']]],
    ['a space around a grant type', { ...BASE, grant_types: ['authorization_code '], response_types: [] }, [['grant_types', 'space in it']]],
    ['a tab in a grant type', { ...BASE, grant_types: ['authorization_code', 'a\tb'] }, [['grant_types', 'space in it']]],
    ['an empty grant type', { ...BASE, grant_types: ['authorization_code', ''] }, [['grant_types', 'is empty or has a space']]],
    ['a custom grant type that nobody defined', { ...BASE, grant_types: ['authorization_code', 'urn:example:custom'] }, [['grant_types', 'not supported']]],
    ['a duplicate', { ...BASE, grant_types: ['authorization_code', 'authorization_code'] }, [['grant_types', 'twice']]],
    ['a duplicate response type', { ...BASE, response_types: ['code', 'code'] }, [['response_types', 'twice']]],
    ['a duplicate in another order', { ...BASE, grant_types: both, response_types: ['code id_token', 'id_token code'] }, [['response_types', 'twice']]],
    ['an empty list', { ...BASE, grant_types: [], response_types: [] }, [['grant_types', 'do nothing']]],
    ['implicit + authorization_code', { ...BASE, grant_types: both, response_types: ['code', 'id_token'] }, [['response_types', 'without a code'], ['response_types', 'downgraded']]],
    ['implicit + hybrid', { ...BASE, grant_types: both, response_types: ['id_token', 'code id_token'] }, [['response_types', 'without a code']]],
    ['authorization_code + hybrid', { ...BASE, grant_types: both, response_types: ['code', 'code id_token'] }, [['response_types', 'downgraded']]],
    ['implicit that no response type needs', { ...BASE, grant_types: both, response_types: ['code'] }, [['response_types', 'no response type needs it']]],
    ['hybrid without implicit', { ...BASE, response_types: ['code id_token'] }, [['response_types', 'implicit is missing']]],
    ['hybrid without authorization_code', { ...BASE, grant_types: ['implicit'], response_types: ['code id_token'] }, [['response_types', 'authorization_code is missing']]],
  ])('%s is refused', (_, metadata, findings) => {
    expect(findingsOf(metadata)).toEqual(findings.map(([path, reason]) => [path, expect.stringContaining(reason) as string]))
  })
  it.each<[readonly string[], ClientMetadata['profile']]>([
    [['code', 'code id_token'], 'oidc'],
    [['code', 'id_token', 'code id_token'], 'oidc'],
    [['code', ...HYBRID, ...IMPLICIT], 'legacy'],
  ])('%j may be mixed in profile %s', (response_types, profile = 'oidc') => {
    expect(clientOf({ ...BASE, profile, grant_types: both, response_types }).response_types).toEqual(response_types)
  })
})

describe('3.3 the client configuration validator', () => {
  const SCHEMES = ['javascript', 'file', 'data', 'mailto', 'ftp', 'blob', 'about', 'ssh', 'tel', 'view-source', 'ws', 'wss']
  const LIFETIMES = ['accessTokenLifetime', 'idTokenLifetime', 'authorizationCodeLifetime', 'deviceCodeLifetime', 'refreshTokenAbsoluteLifetime', 'refreshTokenSlidingLifetime'] as const
  it.each<[string, ClientMetadata, string, string]>([
    ['1. no grant', { ...MACHINE, grant_types: [] }, 'grant_types', 'do nothing'],
    ...LIFETIMES.flatMap((name) => [0, -1].map((value): [string, ClientMetadata, string, string] => [`2. ${name} ${value}`, { ...BASE, policy: { [name]: value } }, `policy.${name}`, 'positive'])),
    ['2. pollingInterval 0', { ...BASE, policy: { pollingInterval: 0 } }, 'policy.pollingInterval', 'between 1 and 60'],
    ['2. pollingInterval 61', { ...BASE, policy: { pollingInterval: 61 } }, 'policy.pollingInterval', 'between 1 and 60'],
    ['2. pollingInterval in words', { ...BASE, policy: JSON.parse('{ "pollingInterval": "5" }') as object }, 'policy.pollingInterval', 'between 1 and 60'],
    ...(['accessTokensInFrontChannel', 'userClaimsInIdToken', 'refreshTokenRotation'] as const).map((name): [string, ClientMetadata, string, string] => [`a switch in words: ${name}`, { ...BASE, policy: JSON.parse(`{ "${name}": "false" }`) as object }, `policy.${name}`, 'neither true nor false']),
    ['3. code without a redirect URI', { ...BASE, redirect_uris: [] }, 'redirect_uris', 'is empty'],
    ['3. hybrid without a redirect URI', { ...BASE, ...GrantTypes.hybrid, profile: 'oidc', redirect_uris: [] }, 'redirect_uris', 'is empty'],
    ['3. implicit without a redirect URI', { ...BASE, ...GrantTypes.implicit, profile: 'legacy', redirect_uris: [] }, 'redirect_uris', 'is empty'],
    ...['https://rp.example/', 'https://rp.example/path', 'rp.example', '*', 'null', 'https://rp.example?x'].map((origin): [string, ClientMetadata, string, string] => [`4. the origin ${origin}`, { ...BASE, allowed_cors_origins: [origin] }, 'allowed_cors_origins[0]', 'not an origin']),
    ...SCHEMES.flatMap((scheme) => [scheme, scheme.toUpperCase()].map((spelled): [string, ClientMetadata, string, string] => [`5. the scheme ${spelled}`, { ...BASE, application_type: 'native', redirect_uris: [`${spelled}:x`] }, 'redirect_uris[0]', 'unsafe scheme'])),
    ['6. code without a secret', { client_id: 'app', redirect_uris: ['https://rp.example/cb'], scope: 'openid' }, 'client_secret', 'there is none'],
    ['6. client_credentials without a secret', { client_id: 'app', ...GrantTypes.clientCredentials, scope: 'read' }, 'client_secret', 'there is none'],
    ['6. the device flow without a secret', { client_id: 'app', ...GrantTypes.deviceFlow, scope: 'openid' }, 'client_secret', 'there is none'],
  ])('%s', (_, metadata, path, reason) => {
    expect(findingsOf(metadata)).toEqual([[path, expect.stringContaining(reason)]])
  })
  it.each<[string, ClientMetadata]>([
    ['3. none is needed by a machine', { ...MACHINE, ...GrantTypes.clientCredentials }],
    ['3. nor by a device', { ...MACHINE, ...GrantTypes.deviceFlow, token_endpoint_auth_method: 'client_secret_post' }],
    ['4. an origin with a port', { ...BASE, allowed_cors_origins: ['https://rp.example:8443', 'http://localhost:3000'] }],
    ['6. none is needed by a public client', { client_id: 'app', token_endpoint_auth_method: 'none', redirect_uris: ['https://rp.example/cb'], scope: 'openid' }],
  ])('%s', (_, metadata) => {
    expect(findingsOf(metadata)).toEqual([])
  })
})

describe('3.4 what a client is that says no more than it must', () => {
  const confidential = clientOf(BASE)
  const publicClient = clientOf({ client_id: 'app', token_endpoint_auth_method: 'none', redirect_uris: ['https://rp.example/cb'] })
  it.each<[setting: string, ours: unknown, value: unknown]>([
    ['ClientSecrets and RequireClientSecret', confidential.token_endpoint_auth_method, 'client_secret_basic'],
    ['RequireConsent, AllowRememberConsent', confidential.policy.consent, 'remembered'],
    ['AllowedGrantTypes', confidential.grant_types, ['authorization_code']],
    ['AllowedGrantTypes, by response type', confidential.response_types, ['code']],
    ['RequirePkce', confidential.policy.pkce, 'required'],
    ['RequirePkce of a public client', publicClient.policy.pkce, 'required'],
    ['AllowAccessTokensViaBrowser', confidential.policy.accessTokensInFrontChannel, false],
    ['RedirectUris', clientOf({ ...MACHINE, ...GrantTypes.clientCredentials }).redirect_uris, []],
    ['AllowOfflineAccess', confidential.grant_types.includes('refresh_token') || confidential.scope.includes('offline_access'), false],
    ['AllowedScopes', publicClient.scope, []],
    ['AlwaysIncludeUserClaimsInIdToken', confidential.policy.userClaimsInIdToken, false],
    ['IdentityTokenLifetime', confidential.policy.idTokenLifetime, 300],
    ['AllowedIdentityTokenSigningAlgorithms', confidential.id_token_signed_response_alg, 'RS256'],
    ['AccessTokenLifetime', confidential.policy.accessTokenLifetime, 3_600],
    ['AuthorizationCodeLifetime', confidential.policy.authorizationCodeLifetime, 60],
    ['AbsoluteRefreshTokenLifetime', confidential.policy.refreshTokenAbsoluteLifetime, 2_592_000],
    ['SlidingRefreshTokenLifetime', confidential.policy.refreshTokenSlidingLifetime, 1_296_000],
    ['RefreshTokenUsage', confidential.policy.refreshTokenRotation, false],
    ['RefreshTokenUsage of a public client', publicClient.policy.refreshTokenRotation, true],
    ['DeviceCodeLifetime', confidential.policy.deviceCodeLifetime, 600],
    ['PollingInterval', confidential.policy.pollingInterval, 5],
    ['AllowedCorsOrigins', confidential.allowed_cors_origins, []],
    ['ClientName, ClientUri, LogoUri', [confidential.client_name, confidential.client_uri, confidential.logo_uri], [undefined, undefined, undefined]],
  ])('%s', (_, ours, value) => {
    expect(ours).toEqual(value)
  })
})
