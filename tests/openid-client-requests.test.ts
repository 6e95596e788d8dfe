import { exportJWK, generateKeyPair } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startConfigured } from './running/configured.ts'
import { CAROL } from './running/rules-of-servers.ts'
import { signIn, UserAgent } from './running/user-agent.ts'

const redirect_uri = 'http://localhost:4702/callback'
let server: Awaited<ReturnType<typeof startConfigured>>
let key: CryptoKey

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  key = privateKey
  const client = { token_endpoint_auth_method: 'private_key_jwt', redirect_uris: [redirect_uri], scope: 'openid profile', jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] } }
  server = await startConfigured({
    users: [CAROL],
    clients: [
      { ...client, client_id: 'pushing', require_pushed_authorization_requests: true },
      { ...client, client_id: 'signing', require_signed_request_object: true },
      { ...client, client_id: 'both', require_pushed_authorization_requests: true, require_signed_request_object: true, policy: { requestObjectLifetime: 600 } },
    ],
  })
})
afterAll(() => server?.stop())

/** How openid-client sends a user, with what it remembers of the request. */
type Build = (config: oidc.Configuration, parameters: Record<string, string>) => Promise<URL>
const push: Build = (config, parameters) => oidc.buildAuthorizationUrlWithPAR(config, parameters)
const sign: Build = (config, parameters) => oidc.buildAuthorizationUrlWithJAR(config, parameters, { key, kid: 'k1' })
const signAndPush: Build = async (config, parameters) => oidc.buildAuthorizationUrlWithPAR(config, (await sign(config, parameters)).searchParams)

test.each<[string, Build, readonly string[]]>([
  ['pushing', push, ['client_id', 'request_uri']],
  ['signing', sign, ['client_id', 'request']],
  ['both', signAndPush, ['client_id', 'request_uri']],
])('PAR RO a client of another maker signs users in by %s', async (client_id, build, carried) => {
  const config = await oidc.discovery(new URL(server.issuer), client_id, undefined, oidc.PrivateKeyJwt({ key, kid: 'k1' }), { execute: [oidc.allowInsecureRequests] })
  const checks = { pkceCodeVerifier: oidc.randomPKCECodeVerifier(), expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() }
  const url = await build(config, { redirect_uri, scope: 'openid profile', state: checks.expectedState, nonce: checks.expectedNonce, code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier), code_challenge_method: 'S256' })
  expect([...url.searchParams.keys()].filter((name) => name !== 'response_type').sort()).toEqual(carried)
  const back = await signIn(new UserAgent(server.issuer), url, 'carol')
  const tokens = await oidc.authorizationCodeGrant(config, back, checks)
  expect(tokens.claims()).toMatchObject({ iss: server.issuer, sub: 'carol', aud: client_id, nonce: checks.expectedNonce })
})
