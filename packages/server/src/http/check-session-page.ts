import { digest } from '@latchkey/core'
import { html, raw } from 'hono/html'
import { pageHeaders } from './page.ts'

// The hash is that of `sessionState` in core. It takes in the origin that asks, so that no other origin learns anything.
const SCRIPT = `
const { cookie } = document.currentScript.dataset
const state = () => document.cookie.split('; ').find((each) => each.startsWith(cookie + '='))?.slice(cookie.length + 1) ?? ''
const digest = async (text) => {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
const answer = async (data, origin) => {
  const [, client_id, hash, salt] = /^([!-~]+) ([\\w-]{43})\\.([\\w-]{1,100})$/.exec(data) ?? []
  if (salt === undefined || crypto.subtle === undefined) return 'error'
  return (await digest([client_id, origin, state(), salt].join(' '))) === hash ? 'unchanged' : 'changed'
}
addEventListener('message', async ({ data, origin, source }) => {
  if (source !== null && origin !== 'null') source.postMessage(await answer(data, origin), { targetOrigin: origin })
})
`
const SCRIPT_HASH = `sha256-${digest(SCRIPT).replaceAll('-', '+').replaceAll('_', '/')}=`

/** The page that clients keep in a frame to see whether the browser is still signed in as it was. @spec OpenID Connect Session Management §3.2 */
export function checkSessionPage(cookie: string): Response {
  const body = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Session</title>
      </head>
      <body>
        <script data-cookie="${cookie}">${raw(SCRIPT)}</script>
      </body>
    </html>`
  // The one page that others may frame: it shows nothing, takes no input and tells one bit.
  const { 'x-frame-options': _, ...headers } = pageHeaders(`script-src '${SCRIPT_HASH}'; form-action 'none'`, '*')
  return new Response(String(body), { headers })
}
