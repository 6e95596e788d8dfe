import type { Exchange } from '@latchkey/server'
import { html } from 'hono/html'
import type { Logo } from '../logos/fetched-logos.ts'
import { monogram } from '../pages/index.ts'

/** Answers the logo of the client that the path names, from this origin: pages load nothing from others. An initial stands in for a logo that is not to be had. */
export function logoAnswer(logoAt: (logo_uri: string) => Promise<Logo | undefined>): (exchange: Exchange) => Promise<Response> {
  return async ({ http, server }) => {
    const client_id = named(new URL(http.url).pathname)
    const client = client_id === undefined ? undefined : await server.clients.find(client_id)
    if (client?.logo_uri === undefined) return image(initial('?'), 'image/svg+xml', 404)
    const logo = await logoAt(client.logo_uri)
    return logo === undefined ? image(initial(monogram(client.client_name ?? client.client_id)), 'image/svg+xml') : image(logo.bytes, logo.type, 200, 3_600)
  }
}

function named(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1))
  } catch {
    return undefined
  }
}

function initial(letter: string): string {
  return String(html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" fill="#4a5568"/><text x="24" y="32" font-family="system-ui, sans-serif" font-size="24" font-weight="600" text-anchor="middle" fill="#fff">${letter}</text></svg>`)
}

function image(body: Uint8Array | string, type: string, status = 200, lifetime = 60): Response {
  return new Response(typeof body === 'string' ? body : new Uint8Array(body), {
    status,
    headers: {
      'content-type': type,
      'cache-control': `public, max-age=${lifetime}`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
    },
  })
}
