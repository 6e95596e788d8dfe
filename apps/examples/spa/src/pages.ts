import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'

/** What the application must know to sign in and to call its API. */
export interface PagesOptions {
  readonly issuer: string
  readonly api: string
  /** The folder with the built page. */
  readonly root: string
}

/** Serves the application: its files, `config.json`, and its page at `/` and `/callback`. */
export function createPages({ issuer, api, root }: PagesOptions): Hono {
  const pages = new Hono()
  pages.use(secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"], scriptSrc: ["'self'"], styleSrc: ["'self'"], imgSrc: ["'self'"],
      connectSrc: ["'self'", new URL(issuer).origin, new URL(api).origin], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"],
    },
    // A development server on plain http must not bind the browser to https.
    strictTransportSecurity: false,
    referrerPolicy: 'no-referrer',
  }))
  pages.use(async (c, next) => {
    await next()
    c.header('cache-control', 'no-cache')
  })
  pages.get('/healthz', c => c.json({ status: 'ok' }))
  pages.get('/config.json', c => c.json({ issuer, api }))
  pages.get('/callback', serveStatic({ root, path: 'index.html' }))
  pages.get('*', serveStatic({ root }))
  return pages
}
