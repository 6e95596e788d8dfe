import { html } from 'hono/html'
import type { Onward, ShownRefusal } from '../ports/interaction.ts'

/** Headers of every page of ours: nothing foreign loads, nobody frames it, nothing is kept. @spec RFC 9700 §4.16, RFC 6819 §4.4.1.9 */
export function pageHeaders(policy: string, ancestors = "'none'"): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; base-uri 'none'; frame-ancestors ${ancestors}; ${policy}`,
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  }
}

/** The plain page of a refusal, for servers that bring no page of their own. */
export function plainRefusalPage({ error, text, status, trace, onward }: ShownRefusal): Response {
  const body = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Sign-in stopped</title>
      </head>
      <body>
        <h1>Sign-in stopped</h1>
        <p role="alert">${text}</p>
        <p>${error === undefined ? '' : html`<code>${error}</code> · `}<code>${trace}</code></p>
        ${onward === undefined ? '' : wayOnward(onward)}
      </body>
    </html>`
  return new Response(String(body), { status, headers: pageHeaders(`form-action ${onward?.response.kind === 'form_post' ? sourceOf(onward.response.action) : "'none'"}`) })
}

/** Names the host, and goes there only when the user wants to. */
function wayOnward({ host, response }: Onward) {
  const label = html`Continue to <bdi>${host}</bdi>`
  if (response.kind === 'redirect') return html`<p><a href="${response.location}" rel="noreferrer">${label}</a></p>`
  const inputs = response.fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)
  return html`<form method="post" action="${response.action}">${inputs}<button type="submit">${label}</button></form>`
}

/** The source that lets a form reach its target: the origin, or the scheme of a native app. */
export function sourceOf(action: string): string {
  const { origin, protocol } = new URL(action)
  return origin === 'null' ? protocol : origin
}
