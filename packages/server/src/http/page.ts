import { html } from 'hono/html'

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
export function plainRefusalPage(shown: { readonly error: string | undefined; readonly text: string; readonly status: number; readonly trace: string }): Response {
  const { error, text, status, trace } = shown
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
      </body>
    </html>`
  return new Response(String(body), { status, headers: pageHeaders("form-action 'none'") })
}
