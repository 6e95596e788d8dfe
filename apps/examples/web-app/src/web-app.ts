import { serveStatic } from '@hono/node-server/serve-static'
import { createWebAuth, isAuthError, memorySessionStore, type AuthError, type ClientAuth, type WebSession } from '@latchkey/node'
import { Hono, type MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { page, signedIn, signedOut } from './page.ts'

/** What the application needs. */
export interface WebAppOptions {
  readonly issuer: string
  readonly clientAuth: ClientAuth
  /** Where browsers find the application; it is never taken from a request, which may lie. */
  readonly baseUrl: string
  /** The folder of its style sheet and icon. */
  readonly files: string
  readonly fetch?: typeof fetch
}

const HOURS = 3600

/** The application: its page, the way to the issuer and back, and a sign-out that ends the session here and at the issuer. */
export function createWebApp({ files, ...options }: WebAppOptions): Hono {
  const auth = createWebAuth({
    ...options, clientId: 'web', scope: 'openid profile email', responseType: 'code id_token', onError: answerFailure,
    // Sessions are in memory and end with the process, and so may the secret that seals them.
    session: { secret: `${crypto.randomUUID()}${crypto.randomUUID()}`, store: memorySessionStore(), lifetime: 8 * HOURS },
  })
  const app = new Hono()
  app.use(securityHeaders(options))
  app.get('/healthz', c => c.json({ status: 'ok' }))
  app.get('/style.css', serveStatic({ root: files, path: 'style.css' }))
  app.get('/icon.svg', serveStatic({ root: files, path: 'icon.svg' }))
  app.all('/auth/*', async c => (await auth.handle(c.req.raw)) ?? c.notFound())

  app.get('/', async c => {
    const { session, apply } = await auth.session(c.req.raw)
    c.header('cache-control', 'no-store')
    return apply(await c.html(page(session === undefined ? signedOut() : signedIn(await describe(session)))))
  })

  app.onError((error, c) => {
    console.error(error)
    return c.html(page(signedOut('Something went wrong here.')), 500, { 'cache-control': 'no-store' })
  })
  return app
}

/** The ID Token says who it is; name and address are told to whoever shows the access token, as long as that is good. */
async function describe({ claims, userinfo }: WebSession): Promise<Readonly<Record<string, unknown>>> {
  const told = await userinfo().catch((error: unknown) => {
    if (isAuthError(error)) return {}
    throw error
  })
  return { ...claims, ...told }
}

async function answerFailure(error: AuthError): Promise<Response> {
  const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }
  return new Response(String(await page(signedOut(error.message))), { status: error.retryable ? 502 : 400, headers })
}

function securityHeaders({ issuer, baseUrl }: Pick<WebAppOptions, 'issuer' | 'baseUrl'>): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      // Browsers hold the redirect to the issuer against the form that led to it.
      defaultSrc: ["'none'"], styleSrc: ["'self'"], imgSrc: ["'self'"], baseUri: ["'none'"], formAction: ["'self'", new URL(issuer).origin], frameAncestors: ["'none'"],
    },
    strictTransportSecurity: baseUrl.startsWith('https:'),
    referrerPolicy: 'same-origin',
  })
}
