import { html, raw } from 'hono/html'
import { pageHeaders, sourceOf } from './page.ts'

const SUBMIT = 'document.forms[0].submit()'
const SUBMIT_HASH = 'sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE='

/** A page that posts an authorization response to the client, by itself or by its button. @spec OAuth 2.0 Form Post Response Mode §2 */
export function formPostPage(action: string, fields: readonly (readonly [string, string])[]): Response {
  const inputs = fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)
  const body = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Returning to the application</title>
      </head>
      <body>
        <form method="post" action="${action}">${inputs}<button type="submit">Continue</button></form>
        <script>${raw(SUBMIT)}</script>
      </body>
    </html>`
  return new Response(String(body), { headers: pageHeaders(`script-src '${SUBMIT_HASH}'; form-action ${sourceOf(action)}`) })
}
