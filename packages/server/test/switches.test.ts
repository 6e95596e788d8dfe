import type { ClientMetadata } from '@latchkey/core'
import { ConfigurationError, ENDPOINT_NAMES, type EndpointName, type EndpointSwitches } from '@latchkey/server'
import { describe, expect, it } from 'vitest'
import { API, ISSUER, refused, testIssuer } from './issuer.ts'
import { expectError, SERVICE, tokenRequest, tokensOf } from './tokens.ts'

const CLIENTS: readonly ClientMetadata[] = [
  { client_id: 'spa', token_endpoint_auth_method: 'none', redirect_uris: ['https://spa.example/cb'], scope: 'openid', allowed_cors_origins: ['https://spa.example'] },
  { client_id: 'service', client_secret: 'a secret for the switches only, 01', grant_types: ['client_credentials'], scope: 'api' },
]
const PLACES: Readonly<Record<EndpointName, string>> = { authorization: '/authorize', token: '/token', userinfo: '/userinfo', device_authorization: '/device_authorization', introspection: '/introspect', revocation: '/revoke' }
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

function serverWith(endpoints: EndpointSwitches, clients: readonly ClientMetadata[] = []) {
  return testIssuer({ endpoints, clients, resources: [{ resource: API, scopes: ['api'] }] })
}

async function metadataOf(endpoints: EndpointSwitches): Promise<Record<string, unknown>> {
  const answer = await serverWith(endpoints).fetch(new Request(`${ISSUER}/.well-known/openid-configuration`))
  return (await answer.json()) as Record<string, unknown>
}

function findingsOf(endpoints: EndpointSwitches, clients: readonly ClientMetadata[], access_token_format: 'jwt' | 'opaque' = 'jwt') {
  try {
    testIssuer({ endpoints, clients, resources: [{ resource: API, scopes: ['api'], access_token_format }] })
    return []
  } catch (thrown) {
    if (thrown instanceof ConfigurationError) return thrown.findings.map(({ path, reason }) => `${path} ${reason}`)
    throw thrown
  }
}

describe('an endpoint that is switched off', () => {
  it.each(ENDPOINT_NAMES)('%s is nowhere and nobody is told of it', async (name) => {
    const issuer = serverWith({ [name]: false })
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const answer = await refused(issuer, 'endpoint_unknown', () => issuer.fetch(new Request(ISSUER + PLACES[name], { method, headers: { origin: 'https://spa.example' } })))
      expect([...answer.headers.keys()].filter((header) => header.startsWith('access-control'))).toEqual([])
      await expectError(answer, 404, 'invalid_request', { allow: null })
    }
    const metadata = await metadataOf({ [name]: false })
    expect(Object.keys(metadata).filter((member) => member.startsWith(`${name}_endpoint`))).toEqual([])
    for (const other of ENDPOINT_NAMES.filter((each) => each !== name)) expect(metadata).toHaveProperty(`${other}_endpoint`, ISSUER + PLACES[other])
  })

  it.each<[EndpointName, readonly string[]]>([
    ['authorization', ['response_types_supported', 'response_modes_supported', 'code_challenge_methods_supported', 'authorization_response_iss_parameter_supported', 'prompt_values_supported', 'claims_parameter_supported', 'request_parameter_supported', 'request_uri_parameter_supported']],
    ['token', ['token_endpoint_auth_methods_supported', 'token_endpoint_auth_signing_alg_values_supported']],
    ['userinfo', []],
    ['device_authorization', []],
    ['introspection', ['introspection_endpoint_auth_methods_supported', 'introspection_endpoint_auth_signing_alg_values_supported']],
    ['revocation', ['revocation_endpoint_auth_methods_supported', 'revocation_endpoint_auth_signing_alg_values_supported']],
  ])('%s takes along what depends on it: %j', async (name, dependent) => {
    const [all, without] = [await metadataOf({}), await metadataOf({ [name]: false })]
    expect(Object.keys(all).filter((member) => !(member in without)).toSorted()).toEqual([`${name}_endpoint`, ...dependent].toSorted())
  })

  it('takes its grant along, in metadata and at the token endpoint', async () => {
    expect((await metadataOf({}))['grant_types_supported']).toContain(DEVICE_CODE)
    expect((await metadataOf({ device_authorization: false }))['grant_types_supported']).toEqual(['authorization_code', 'client_credentials', 'refresh_token'])
    expect((await metadataOf({ authorization: false }))['grant_types_supported']).toEqual(['client_credentials', 'refresh_token', DEVICE_CODE])
    const issuer = serverWith({ device_authorization: false }, CLIENTS)
    await expectError(await refused(issuer, 'grant_type_unsupported', () => issuer.fetch(tokenRequest({ grant_type: DEVICE_CODE, device_code: 'x', client_id: 'spa' }))), 400, 'unsupported_grant_type')
  })

  it('is no obstacle for the others', async () => {
    const issuer = testIssuer({ endpoints: { authorization: false, userinfo: false, device_authorization: false, revocation: false, introspection: true }, clients: [{ client_id: 'service', client_secret: 'service-secret: %+ü for the tests 1', grant_types: ['client_credentials'], scope: 'api' }] })
    await tokensOf(await issuer.fetch(tokenRequest({ grant_type: 'client_credentials', scope: 'api' }, SERVICE)))
  })
})

describe('a configuration that needs what is switched off', () => {
  const [spa, service] = CLIENTS as [ClientMetadata, ClientMetadata]
  it.each<[string, EndpointSwitches, readonly ClientMetadata[], readonly string[]]>([
    ['nothing off', {}, CLIENTS, []],
    ['nothing needed', { device_authorization: false, introspection: false, revocation: false, userinfo: false }, CLIENTS, []],
    ['a code by default', { authorization: false }, [service, spa], ['clients[1].grant_types authorization_code needs the authorization endpoint, which is switched off']],
    ['an implicit grant', { authorization: false }, [{ ...spa, profile: 'legacy', grant_types: ['implicit'], response_types: ['id_token'] }], ['clients[0].grant_types implicit needs the authorization endpoint, which is switched off']],
    ['a device', { device_authorization: false }, [{ ...spa, redirect_uris: [], grant_types: [DEVICE_CODE] }], [`clients[0].grant_types ${DEVICE_CODE} needs the device_authorization endpoint, which is switched off`]],
    ['a service', { token: false }, [service], ['clients[0].grant_types client_credentials needs the token endpoint, which is switched off']],
    ['a name that is none', { register: false } as EndpointSwitches, [], ['endpoints.register is no endpoint that can be switched off']],
  ])('is refused: %s', (_, endpoints, clients, findings) => {
    expect(findingsOf(endpoints, clients)).toEqual(findings)
  })
  it('is refused: access tokens that nobody could read', () => {
    expect(findingsOf({ introspection: false }, [], 'opaque')).toEqual(['resources[0].access_token_format is opaque, and introspection is switched off, so that nobody could read the tokens'])
    expect(findingsOf({ introspection: true }, [], 'opaque')).toEqual([])
  })
})
