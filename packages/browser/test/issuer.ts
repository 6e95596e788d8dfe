import { createServer } from 'node:http'
import Provider from 'oidc-provider'
import { listen, type Listening } from './listening.ts'

/** An issuer of another make, on loopback, that signs everybody in as alice and keeps count. */
export interface TestIssuer extends Listening {
  /** Requests to the token endpoint by `grant_type`, and their statuses. */
  readonly tokenRequests: { readonly grant_type: string; readonly status: number }[]
  /** The proofs that came to the token endpoint. */
  readonly proofs: string[]
  /** The refresh tokens that were issued. */
  readonly refreshTokens: string[]
  /** How many requests were pushed. */
  readonly pushed: () => number
  /** Ends every session and grant. */
  readonly revokeAll: () => Promise<void>
}

/** What an issuer may be asked to do otherwise. */
export interface IssuerOptions {
  /** Isolates its pages from the window that opened them, and asks with a page before it signs anybody in. */
  readonly isIsolated?: boolean
  readonly requiresPushedRequests?: boolean
  readonly ttl?: number
}

/** Starts an issuer for an SPA at an origin; refresh tokens rotate, and using one twice ends the session. */
export async function startIssuer(spaOrigin: string, { isIsolated = false, requiresPushedRequests = false, ttl = 3600 }: IssuerOptions = {}): Promise<TestIssuer> {
  const server = createServer()
  const at = await listen(server)
  const tokenRequests: { grant_type: string; status: number }[] = []
  const proofs: string[] = []
  const refreshTokens: string[] = []
  let pushed = 0
  const grants: { destroy: () => Promise<void> }[] = []
  const provider = new Provider(at.origin, {
    clients: [{
      client_id: 'spa', token_endpoint_auth_method: 'none', redirect_uris: [`${spaOrigin}/callback`], post_logout_redirect_uris: [`${spaOrigin}/`],
      grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
    }],
    scopes: ['openid', 'profile', 'offline_access', 'api'],
    claims: { openid: ['sub'], profile: ['name'] },
    conformIdTokenClaims: false,
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    clientBasedCORS: (_context, origin) => origin === spaOrigin,
    cookies: { keys: ['for tests only'] },
    ttl: { AccessToken: ttl, RefreshToken: 3600, Session: 3600, Grant: 3600, Interaction: 600, IdToken: 3600, AuthorizationCode: 60 },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true }, pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: requiresPushedRequests }, resourceIndicators: { enabled: true, getResourceServerInfo: (_context, resource) => ({ scope: 'api', audience: resource, accessTokenTTL: ttl }), useGrantedResource: () => true }, dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 1), requireNonce: () => true } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, name: 'Alice' }) }),
  })
  provider.use(async (context, next) => {
    await next()
    const { dpop } = context.headers
    if (context.path === '/token' && typeof dpop === 'string') proofs.push(dpop)
    if (context.path === '/request' && context.method === 'POST' && context.status === 201) pushed++
    const { body } = context
    if (context.path === '/token' && typeof body === 'object' && body !== null && 'refresh_token' in body) refreshTokens.push(String(body.refresh_token))
    if (isIsolated) context.set('cross-origin-opener-policy', 'same-origin')
    if (context.path === '/token' && context.method === 'POST') tokenRequests.push({ grant_type: String(context.oidc?.params?.['grant_type']), status: context.status })
  })
  const answer = provider.callback()
  server.on('request', async (request, response) => {
    if (request.url?.startsWith('/interaction/') !== true) return answer(request, response)
    if (isIsolated && request.method === 'GET') {
      response.setHeader('content-type', 'text/html').setHeader('cross-origin-opener-policy', 'same-origin')
      return response.end('<!doctype html><title>Sign in</title><form method="post"><button>Sign in</button></form>')
    }
    const { params } = await provider.interactionDetails(request, response)
    const grant = new provider.Grant({ accountId: 'alice', clientId: String(params['client_id']) })
    grant.addOIDCScope('openid profile offline_access api')
    for (const resource of ['https://a.example', 'https://b.example']) grant.addResourceScope(resource, 'api')
    grants.push(grant)
    await provider.interactionFinished(request, response, { login: { accountId: 'alice' }, consent: { grantId: await grant.save() } })
  })
  return { ...at, tokenRequests, proofs, refreshTokens, pushed: () => pushed, revokeAll: async () => void await Promise.all(grants.map(grant => grant.destroy())) }
}
