import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generateKeyPairSync } from 'node:crypto'
import Provider, { type Configuration, type JWK } from 'oidc-provider'
import { type Algorithm, announce, API_SCOPE, CLIENT_ID, CLIENT_SECRET, CODE_LIFETIME, KEEP_ALIVE, REDIRECT_URI, RESOURCE, type ServerSetting, settingOf, TOKEN_LIFETIME, USER } from '../setting.ts'

function keyFor(alg: Algorithm): JWK {
  const { privateKey } = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: 'bench' } as JWK
}

function configuration({ alg, format }: ServerSetting): Configuration {
  return {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        token_endpoint_auth_method: 'client_secret_basic',
        grant_types: ['client_credentials', 'authorization_code'],
        response_types: ['code'],
        redirect_uris: [REDIRECT_URI],
        id_token_signed_response_alg: alg,
      },
    ],
    jwks: { keys: [keyFor(alg)] },
    clientDefaults: { id_token_signed_response_alg: alg },
    enabledJWA: { idTokenSigningAlgValues: [alg] },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    ttl: { AuthorizationCode: CODE_LIFETIME, Session: 43_200, Grant: 43_200, Interaction: 1_800, ClientCredentials: TOKEN_LIFETIME, AccessToken: TOKEN_LIFETIME, IdToken: 300 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: API_SCOPE, audience: RESOURCE, accessTokenTTL: TOKEN_LIFETIME, accessTokenFormat: format, ...(format === 'jwt' ? { jwt: { sign: { alg } } } : {}) }),
      },
    },
  }
}

/** node-oidc-provider with its in-memory adapter. Its one interaction signs in whoever comes and grants what is asked; later requests find session and grant. */
const server = createServer({ keepAliveTimeout: KEEP_ALIVE })
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const provider = new Provider(`http://127.0.0.1:${port}`, configuration(settingOf(process.argv)))
  const callback = provider.callback()
  server.on('request', (incoming, outgoing) => {
    if (incoming.url?.startsWith('/interaction/') !== true) return void callback(incoming, outgoing)
    void provider.interactionDetails(incoming, outgoing).then(async () => {
      const grant = new provider.Grant({ accountId: USER, clientId: CLIENT_ID })
      grant.addOIDCScope('openid')
      grant.addResourceScope(RESOURCE, API_SCOPE)
      const grantId = await grant.save()
      await provider.interactionFinished(incoming, outgoing, { login: { accountId: USER }, consent: { grantId } })
    })
  })
  announce(port)
})
