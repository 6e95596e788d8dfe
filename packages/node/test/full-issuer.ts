import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

export const WEB = 'https://app.example'
export const API = 'https://api.example.com'

/** An issuer of another make with everything that it offers, on loopback, which signs everybody in as alice. */
export interface FullIssuer {
  readonly issuer: string
  /** The paths asked for, in order. */
  readonly asked: string[]
  /** The key of the clients that sign. */
  readonly clientKey: CryptoKey
  /** Follows an authorization request to its end, as a browser would that says yes to all; answers where it would go. */
  authorize(url: string): Promise<{ readonly location?: string; readonly form?: URLSearchParams }>
  /** Says yes to a device. */
  approve(verificationUriComplete: string): Promise<void>
  /** Signs alice out with the issuer. */
  signOut(url: string): Promise<string | undefined>
  /** Delivers what the issuer posts to the web application. */
  deliver: (request: Request) => Promise<Response>
  stop(): Promise<void>
}

/** Starts it on a free port. */
export async function startFullIssuer(): Promise<FullIssuer> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const [own, client] = await Promise.all([generateKeyPair('ES256', { extractable: true }), generateKeyPair('ES256', { extractable: true })])
  const jwks = { keys: [{ ...(await exportJWK(client.publicKey)), kid: 'client', alg: 'ES256', use: 'sig' }] as JWK[] }
  const algs = { id_token_signed_response_alg: 'ES256' as const, authorization_signed_response_alg: 'ES256' as const }
  const signs = { token_endpoint_auth_method: 'private_key_jwt' as const, jwks, ...algs, request_object_signing_alg: 'ES256' as const }
  const web = { redirect_uris: [`${WEB}/auth/callback`], post_logout_redirect_uris: [`${WEB}/`], backchannel_logout_uri: `${WEB}/auth/backchannel-logout`, backchannel_logout_session_required: true, grant_types: ['authorization_code', 'implicit', 'refresh_token'], response_types: ['code' as const, 'code id_token' as const] }
  const issuing: { deliver: FullIssuer['deliver'] } = { deliver: async () => new Response(null, { status: 404 }) }
  const provider = new Provider(issuer, {
    clients: [
      { ...signs, ...web, client_id: 'web' },
      { ...signs, ...web, client_id: 'par', require_pushed_authorization_requests: true },
      { ...signs, client_id: 'svc', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
      { ...signs, client_id: 'bound', grant_types: ['client_credentials'], redirect_uris: [], response_types: [], dpop_bound_access_tokens: true },
      { client_id: 'cli', token_endpoint_auth_method: 'none', application_type: 'native', ...algs, redirect_uris: ['http://127.0.0.1/callback', 'http://[::1]/callback'], grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'], response_types: ['code'] },
      { ...algs, client_id: 'rs', client_secret: 'the secret of a resource server, 32+', grant_types: [], redirect_uris: [], response_types: [] },
    ],
    responseTypes: ['code', 'code id_token'],
    scopes: ['openid', 'offline_access', 'profile'],
    claims: { openid: ['sub', 'sid'], profile: ['name'] },
    cookies: { keys: ['for tests only'] },
    jwks: { keys: [{ ...(await exportJWK(own.privateKey)), kid: 'own', alg: 'ES256', use: 'sig' }] },
    enabledJWA: { authorizationSigningAlgValues: ['ES256'], requestObjectSigningAlgValues: ['ES256'] },
    ttl: { AccessToken: 3600, Session: 3600, Grant: 3600, Interaction: 600, IdToken: 3600, AuthorizationCode: 60, RefreshToken: 3600, DeviceCode: 600, ClientCredentials: 600, BackchannelAuthenticationRequest: 600 },
    conformIdTokenClaims: false,
    rotateRefreshToken: true,
    issueRefreshToken: async (_context, requesting, code) => requesting.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    features: {
      devInteractions: { enabled: false }, clientCredentials: { enabled: true }, deviceFlow: { enabled: true }, revocation: { enabled: true }, userinfo: { enabled: true },
      introspection: { enabled: true, allowedPolicy: async () => true }, backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true },
      jwtResponseModes: { enabled: true }, requestObjects: { enabled: true }, pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true },
      resourceIndicators: {
        enabled: true, defaultResource: () => '', useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource, { clientId }) => ({ scope: 'api', audience: resource, accessTokenTTL: 600, accessTokenFormat: clientId === 'svc' ? 'opaque' : 'jwt', jwt: { sign: { alg: 'ES256' } } }),
      },
    },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, name: 'Alice' }) }),
    fetch: (url, options) => issuing.deliver(new Request(url, options as RequestInit)),
  })
  const asked: string[] = []
  const answer = provider.callback()
  server.on('request', async (request, response) => {
    asked.push(request.url?.split('?')[0] ?? '')
    if (request.url?.startsWith('/interaction/') !== true) return answer(request, response)
    const { params } = await provider.interactionDetails(request, response)
    const grant = new provider.Grant({ accountId: 'alice', clientId: String(params['client_id']) })
    grant.addOIDCScope('openid offline_access profile')
    for (const resource of [params['resource']].flat()) if (typeof resource === 'string') grant.addResourceScope(resource, 'api')
    await provider.interactionFinished(request, response, { login: { accountId: 'alice' }, consent: { grantId: await grant.save() } })
  })

  const cookies = new Map<string, string>()
  /** Goes on until a page, or until the way leads out of the issuer. */
  async function visit(url: string, init: RequestInit = {}): Promise<{ readonly location?: string; readonly html?: string }> {
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(cookie) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) return { html: await response.text() }
    const next = new URL(location, url).href
    return next.startsWith(issuer) ? visit(next) : { location: next }
  }
  const fieldsOf = (html: string) => new URLSearchParams([...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]))
  const submit = (html: string, more: Readonly<Record<string, string>> = {}) => {
    const [, action = ''] = /<form[^>]* action="([^"]+)"/.exec(html) ?? []
    const body = fieldsOf(html)
    for (const [name, value] of Object.entries(more)) body.set(name, value)
    return visit(new URL(action, issuer).href, { method: 'POST', body })
  }

  return {
    issuer, asked, clientKey: client.privateKey,
    get deliver() {
      return issuing.deliver
    },
    set deliver(deliver) {
      issuing.deliver = deliver
    },
    async authorize(url) {
      const { location, html } = await visit(url)
      return location === undefined ? { form: fieldsOf(html ?? '') } : { location }
    },
    async approve(verificationUriComplete) {
      const { html = '' } = await visit(verificationUriComplete)
      const second = await submit(html)
      if (second.html?.includes('confirm') === true) await submit(second.html, { confirm: 'yes' })
    },
    async signOut(url) {
      const { html = '' } = await visit(url)
      return (await submit(html, { logout: 'yes' })).location
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
