import { html } from 'hono/html'
import type { LogoutOutcome } from '../ports/interaction.ts'
import { pageHeaders } from './page.ts'

/** How long the pages of clients have, in seconds. */
const FRAME_TIME = 2

/** The plain page at the end of a logout, for servers that bring no page of their own. @spec OpenID Connect Front-Channel Logout §3, §4 */
export function plainLoggedOutPage({ outcome, href, isAutomatic, frames }: LogoutOutcome): Response {
  const title = outcome === 'kept' ? 'Still signed in' : 'Signed out'
  const body = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        ${isAutomatic ? html`<meta http-equiv="refresh" content="${FRAME_TIME};url=${href}" />` : ''}
        <title>${title}</title>
      </head>
      <body>
        <h1>${title}</h1>
        ${href === undefined ? '' : html`<p><a href="${href}">Back to the application</a></p>`}
        ${frames.map((src) => html`<iframe src="${src}" title="Signing out" sandbox="allow-scripts allow-same-origin" hidden></iframe>`)}
      </body>
    </html>`
  const origins = new Set(frames.map((src) => new URL(src).origin))
  return new Response(String(body), { headers: pageHeaders(`form-action 'none'${origins.size === 0 ? '' : `; frame-src ${[...origins].join(' ')}`}`) })
}
