import { createHash } from 'node:crypto'
import { generateKeyPair, SignJWT } from 'jose'
import { clientSecretBasic, createWebAuth, type WebAuth, type WebAuthOptions } from '../src/index.ts'
import { keySet, signingKey } from './test-issuer.ts'

export const ISSUER = 'https://op.example'
export const BASE = 'https://app.example'
export const START = 1_800_000_000
export const SECRET = 'the secret of a web application, 32+'

export const ownKey = await signingKey('own')
export const foreignKey = (await generateKeyPair('ES256')).privateKey

/** Half a SHA-256, as ID Tokens vouch for what is beside them. */
export const halfHash = (value: string) => createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url')

/** Signs a JWT of the issuer; a claim or header parameter that is undefined is left out. */
export function signed(claims: Readonly<Record<string, unknown>>, { key = ownKey.privateKey, ...header }: Readonly<Record<string, unknown>> & { readonly key?: CryptoKey | Uint8Array } = {}): Promise<string> {
  return new SignJWT(JSON.parse(JSON.stringify(claims))).setProtectedHeader(JSON.parse(JSON.stringify({ alg: 'ES256', kid: 'own', ...header }))).sign(key)
}

/** A web application, its issuer without sockets, and a clock that only the test moves. */
export interface World {
  readonly web: WebAuth
  readonly clock: { now: number }
  /** The requests that left the application, beside discovery. */
  readonly asked: Request[]
  readonly paths: () => readonly string[]
  /** What the issuer and the resource servers answer, by origin and path; a path alone is the issuer's. */
  readonly answers: Record<string, (request: Request) => Response | Promise<Response>>
  readonly metadata: Record<string, unknown>
  /** Another process of the same application. */
  another(change?: Partial<WebAuthOptions>): WebAuth
}

/** Sets up the world; every refresh token counts once, and access tokens last ten minutes. */
export function setUpWorld(change: Partial<WebAuthOptions> = {}): World {
  const clock = { now: START }
  const asked: Request[] = []
  const state = { serial: 1, nonce: '', live: '' }
  const metadata: Record<string, unknown> = {
    issuer: ISSUER, authorization_endpoint: `${ISSUER}/authorize`, token_endpoint: `${ISSUER}/token`, jwks_uri: `${ISSUER}/jwks`, revocation_endpoint: `${ISSUER}/revoke`,
    end_session_endpoint: `${ISSUER}/logout`, userinfo_endpoint: `${ISSUER}/userinfo`, authorization_response_iss_parameter_supported: true,
  }
  const idToken = (claims: object = {}) => signed({ iss: ISSUER, sub: 'alice', aud: 'web', iat: clock.now, exp: clock.now + 300, sid: 'op-session', name: 'Alice', ...claims })
  const answers: World['answers'] = {
    '/.well-known/openid-configuration': () => Response.json(metadata),
    '/jwks': async () => Response.json(await keySet([ownKey])),
    '/revoke': () => new Response(null),
    '/userinfo': () => Response.json({ sub: 'alice', email: 'alice@example.com' }),
    '/token': async (request) => {
      const form = new URLSearchParams(await request.text())
      const grant = form.get('grant_type')
      if (grant === 'refresh_token' && form.get('refresh_token') !== state.live) return Response.json({ error: 'invalid_grant' }, { status: 400 })
      const serial = state.serial++
      if (grant === 'client_credentials') return Response.json({ access_token: `own-${serial}`, token_type: 'Bearer', expires_in: 600 })
      state.live = `rt-${serial}`
      const isCode = grant === 'authorization_code'
      return Response.json({ access_token: `at-${serial}`, token_type: 'Bearer', expires_in: 600, refresh_token: state.live, ...(isCode && { id_token: await idToken({ nonce: form.get('code') }) }) })
    },
    'https://api.example/me': (request) => Response.json({ authorization: request.headers.get('authorization') }),
  }
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const { origin, pathname } = new URL(request.url)
    if (!pathname.startsWith('/.well-known/')) asked.push(request.clone())
    const answer = answers[origin === ISSUER ? pathname : origin + pathname]
    return answer === undefined ? new Response(null, { status: 404 }) : answer(request)
  }
  const another = (more: Partial<WebAuthOptions> = {}) =>
    createWebAuth({ issuer: ISSUER, clientId: 'web', clientAuth: clientSecretBasic('web-secret'), baseUrl: BASE, session: { secret: SECRET }, fetch, now: () => clock.now, ...change, ...more })
  return { web: another(), clock, asked, paths: () => asked.map(({ url }) => new URL(url).pathname), answers, metadata, another }
}

/** A browser at the application: it keeps cookies and sends them back. */
export interface Browser {
  readonly cookies: Map<string, string>
  readonly setCookies: string[]
  request(path: string, init?: RequestInit): Request
  /** Sends a request to an endpoint of the application. */
  send(path: string, init?: RequestInit): Promise<Response>
  /** Takes what a response sets. */
  take(response: Response): Response
  /** Signs in; answers where the browser was sent in the end. */
  signIn(returnTo?: string): Promise<string | null>
}

/** Opens a browser at an application; its code for the token endpoint is the nonce, which the fake issuer puts into the ID Token. */
export function openBrowser(web: WebAuth): Browser {
  const cookies = new Map<string, string>()
  const setCookies: string[] = []
  const browser: Browser = {
    cookies, setCookies,
    request: (path, init = {}) => {
      const headers = new Headers(init.headers)
      if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
      // Behind a proxy the host is another one, which must not matter.
      return new Request(new URL(path, 'http://inside.local:8080'), { ...init, headers })
    },
    async send(path, init) {
      return browser.take((await web.handle(browser.request(path, init))) ?? new Response('not handled', { status: 404 }))
    },
    take(response) {
      for (const cookie of response.headers.getSetCookie()) {
        setCookies.push(cookie)
        const [, name = '', value = '', rest = ''] = /^([^=]*)=([^;]*)(.*)$/.exec(cookie) ?? []
        if (value === '' || rest.includes('Max-Age=0')) cookies.delete(name)
        else cookies.set(name, value)
      }
      return response
    },
    async signIn(returnTo = '/') {
      const away = new URL((await browser.send(`/auth/login?${new URLSearchParams({ returnTo })}`)).headers.get('location') ?? '')
      const { state, nonce } = Object.fromEntries(away.searchParams)
      const back = await browser.send(`/auth/callback?${new URLSearchParams({ code: nonce ?? '', state: state ?? '', iss: ISSUER })}`)
      return back.headers.get('location')
    },
  }
  return browser
}
