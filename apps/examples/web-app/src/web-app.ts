import { serveStatic } from '@hono/node-server/serve-static'
import { isAuthError, type Client, type PendingAuthorization, type TokenSet, type UserinfoClaims } from '@latchkey/client'
import { Hono, type Context, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { getCookie, setCookie } from 'hono/cookie'
import { csrf } from 'hono/csrf'
import { HTTPException } from 'hono/http-exception'
import { secureHeaders } from 'hono/secure-headers'
import { createMemory } from './memory.ts'
import { page, signedIn, signedOut } from './page.ts'

/** What the application needs. */
export interface WebAppOptions {
  readonly client: Client
  /** Where browsers find the application; it is never taken from a request, which may lie. */
  readonly baseUrl: string
  /** The folder of its style sheet and icon. */
  readonly files: string
}

interface SignInUnderWay {
  readonly browser: string
  readonly pending: PendingAuthorization
}

interface SignedIn {
  readonly user: UserinfoClaims
  /** Kept because the ID Token says at sign-out whose session is to end. */
  readonly tokens: TokenSet
}

const MINUTE = 60
const HOUR = 60 * MINUTE
/** Bytes. */
const LONGEST_FORM = 64 * 1024

/** The application: its page, the way to the issuer and back, and a sign-out that ends the session here and at the issuer. */
export function createWebApp({ client, baseUrl, files }: WebAppOptions): Hono {
  const signIns = createMemory<SignInUnderWay>(10 * MINUTE)
  const sessions = createMemory<SignedIn>(8 * HOUR)
  const cookies = cookiesFor(baseUrl)
  const app = new Hono()
  app.use(securityHeaders(client.issuer, baseUrl))
  app.get('/healthz', c => c.json({ status: 'ok' }))
  app.get('/style.css', serveStatic({ root: files, path: 'style.css' }))
  app.get('/icon.svg', serveStatic({ root: files, path: 'icon.svg' }))

  app.get('/', c => {
    c.header('cache-control', 'no-store')
    const session = sessions.find(cookies.session.read(c))
    return c.html(page(session === undefined ? signedOut() : signedIn(session.user)))
  })

  // The page's own forms come from this origin. The issuer's form comes from elsewhere, and `state` vouches for it instead.
  app.use('/sign-in', csrf({ origin: new URL(baseUrl).origin }))
  app.use('/sign-out', csrf({ origin: new URL(baseUrl).origin }))

  app.post('/sign-in', async c => {
    const { url, pending } = await client.authorizationUrl({
      redirectUri: `${baseUrl}/callback`, scope: 'openid profile email', responseType: 'code id_token', responseMode: 'form_post',
    })
    const browser = cookies.browser.read(c) ?? crypto.randomUUID()
    cookies.browser.write(c, browser)
    signIns.keep(pending.state, { browser, pending })
    return c.redirect(url.href, 303)
  })

  app.post('/callback', bodyLimit({ maxSize: LONGEST_FORM }), async c => {
    const response = await readForm(c)
    // Taken away before anything is awaited, so that one response cannot be used twice.
    const underWay = signIns.take(response.get('state') ?? undefined)
    if (underWay === undefined || underWay.browser !== cookies.browser.read(c)) return c.html(page(signedOut('This sign-in was used already, took too long, or began in another browser.')), 400)
    const tokens = await client.callback(response, underWay.pending)
    // The ID Token says who it is; name and address are told to whoever shows the access token.
    const user = { ...tokens.claims, ...await client.userinfo(tokens) }
    sessions.take(cookies.session.read(c))
    const session = crypto.randomUUID()
    sessions.keep(session, { user, tokens })
    cookies.session.write(c, session)
    return c.redirect('/', 303)
  })

  app.post('/sign-out', async c => {
    const session = sessions.take(cookies.session.read(c))
    cookies.session.write(c, '')
    const url = session === undefined ? undefined : await client.endSessionUrl({ tokens: session.tokens, postLogoutRedirectUri: `${baseUrl}/` })
    return c.redirect(url?.href ?? '/', 303)
  })

  app.onError(answerFailure)
  return app
}

function securityHeaders(issuer: string, baseUrl: string): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      // Browsers hold the redirect to the issuer against the form that led to it.
      defaultSrc: ["'none'"], styleSrc: ["'self'"], imgSrc: ["'self'"], baseUri: ["'none'"], formAction: ["'self'", new URL(issuer).origin], frameAncestors: ["'none'"],
    },
    strictTransportSecurity: baseUrl.startsWith('https:'),
    referrerPolicy: 'same-origin',
  })
}

function answerFailure(error: Error, c: Context): Response | Promise<Response> {
  c.header('cache-control', 'no-store')
  if (error instanceof HTTPException) return c.html(page(signedOut('This request did not come from this application.')), 403)
  if (isAuthError(error)) return c.html(page(signedOut(error.message)), error.retryable ? 502 : 400)
  console.error(error)
  return c.html(page(signedOut('Something went wrong here.')), 500)
}

async function readForm({ req }: Context): Promise<URLSearchParams> {
  const type = req.header('content-type')?.split(';')[0]
  return new URLSearchParams(type === 'application/x-www-form-urlencoded' ? await req.text() : '')
}

interface Cookie {
  readonly read: (c: Context) => string | undefined
  /** Writes a value; an empty one removes the cookie. */
  readonly write: (c: Context, value: string) => void
}

/**
 * The two cookies. The form that the issuer lets the browser post is a cross-site request as soon as issuer and application are different
 * sites, and then brings only cookies with `SameSite=None`, which browsers take only when they are `Secure`. On http://localhost ports make
 * no other site, so `Lax` is enough there; the session cookie never needs more.
 */
function cookiesFor(baseUrl: string): { readonly browser: Cookie; readonly session: Cookie } {
  const secure = baseUrl.startsWith('https:')
  const cookie = (name: string, sameSite: 'Lax' | 'None', maxAge: number): Cookie => {
    const full = secure ? `__Host-${name}` : name
    return {
      read: c => getCookie(c, full),
      write: (c, value) => setCookie(c, full, value, { path: '/', httpOnly: true, secure, sameSite, maxAge: value === '' ? 0 : maxAge }),
    }
  }
  return { browser: cookie('web-app-browser', secure ? 'None' : 'Lax', HOUR), session: cookie('web-app-session', 'Lax', 8 * HOUR) }
}
