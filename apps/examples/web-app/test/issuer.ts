import { createServer } from 'node:http'
import Provider from 'oidc-provider'

/** An issuer of another make, on loopback, that signs everybody in as alice. */
export interface TestIssuer {
  readonly origin: string
  readonly tokenRequests: () => number
  readonly close: () => Promise<void>
}

/** Starts it for a web application at an address, which may ask for a code and an ID Token by form post. */
export async function startIssuer(baseUrl: string, client_secret: string): Promise<TestIssuer> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const origin = `http://localhost:${typeof address === 'object' ? address?.port : ''}`
  let tokenRequests = 0
  const provider = new Provider(origin, {
    clients: [{ client_id: 'web', client_secret, redirect_uris: [`${baseUrl}/auth/callback`], post_logout_redirect_uris: [`${baseUrl}/`], grant_types: ['authorization_code', 'implicit'], response_types: ['code id_token'] }],
    responseTypes: ['code id_token'],
    claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
    cookies: { keys: ['for tests only'] },
    ttl: { AccessToken: 3600, Session: 3600, Grant: 3600, Interaction: 600, IdToken: 3600, AuthorizationCode: 60 },
    features: { devInteractions: { enabled: false }, userinfo: { enabled: true } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, name: 'Alice <b>' }) }),
  })
  const answer = provider.callback()
  server.on('request', async (request, response) => {
    if (request.url === '/token') tokenRequests += 1
    if (request.url?.startsWith('/interaction/') !== true) return answer(request, response)
    const { params } = await provider.interactionDetails(request, response)
    const grant = new provider.Grant({ accountId: 'alice', clientId: String(params['client_id']) })
    grant.addOIDCScope('openid profile email')
    await provider.interactionFinished(request, response, { login: { accountId: 'alice' }, consent: { grantId: await grant.save() } })
  })
  return {
    origin, tokenRequests: () => tokenRequests,
    close: () => new Promise(resolve => {
      server.closeAllConnections()
      server.close(() => resolve())
    }),
  }
}
