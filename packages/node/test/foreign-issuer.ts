import { exportJWK, generateKeyPair } from 'jose'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import { AUDIENCE } from './test-issuer.ts'

export const SECRET = 'service-secret-for-the-demo-only-1'

export interface ForeignIssuer {
  readonly issuer: string
  stop(): Promise<void>
}

/** Starts oidc-provider on a free loopback port, with one client `service` that may have JWT access tokens. */
export async function startForeignIssuer(): Promise<ForeignIssuer> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'service', client_secret: SECRET, grant_types: ['client_credentials'], redirect_uris: [], response_types: [], token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: 'ES256' }],
    cookies: { keys: ['a secret of this test'] },
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'foreign', alg: 'ES256', use: 'sig' }] },
    scopes: ['api', 'other'],
    ttl: { ClientCredentials: 600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_: unknown, resource: string) => ({
          scope: 'api other', audience: resource, accessTokenTTL: 600, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } },
        }),
        defaultResource: () => AUDIENCE,
        useGrantedResource: () => true,
      },
    },
  })
  server.on('request', provider.callback())
  return {
    issuer,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
