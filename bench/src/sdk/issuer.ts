import { createServer } from 'node:http'
import Provider from 'oidc-provider'
import { listen, type Listening } from './listening.ts'

/** An issuer that signs everybody in as alice, rotates refresh tokens, ends the session when one is used twice, and keeps count. */
export interface Issuer extends Listening {
  /** How the token endpoint answered, by grant type. */
  readonly answers: { readonly grant_type: string; readonly status: number }[]
}

/** Starts an issuer for a page at an origin. */
export async function startIssuer(pageOrigin: string): Promise<Issuer> {
  const server = createServer()
  const at = await listen(server)
  const answers: { grant_type: string; status: number }[] = []
  const provider = new Provider(at.origin, {
    clients: [{ client_id: 'spa', token_endpoint_auth_method: 'none', redirect_uris: [`${pageOrigin}/callback`], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] }],
    scopes: ['openid', 'offline_access'],
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    clientBasedCORS: (_context, origin) => origin === pageOrigin,
    cookies: { keys: ['for this run only'] },
    ttl: { AccessToken: 3600, RefreshToken: 3600, Session: 3600, Grant: 3600, Interaction: 600, IdToken: 3600, AuthorizationCode: 60 },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  })
  provider.use(async (context, next) => {
    await next()
    if (context.path === '/token' && context.method === 'POST') answers.push({ grant_type: String(context.oidc?.params?.['grant_type']), status: context.status })
  })
  const answer = provider.callback()
  server.on('request', async (request, response) => {
    if (request.url?.startsWith('/interaction/') !== true) return answer(request, response)
    const { params } = await provider.interactionDetails(request, response)
    const grant = new provider.Grant({ accountId: 'alice', clientId: String(params['client_id']) })
    grant.addOIDCScope('openid offline_access')
    await provider.interactionFinished(request, response, { login: { accountId: 'alice' }, consent: { grantId: await grant.save() } })
  })
  return { ...at, answers }
}
