import { html } from 'hono/html'
import type { Exchange } from '../authorization-server.ts'
import type { RunningServer } from '../create.ts'
import { pageHeaders } from '../http/page.ts'

/** The pages of an issuer that signs its users in for the asking, before the server that they belong to. */
export function signInPages(server: RunningServer, users: readonly { readonly sub: string }[]): (http: Request) => Promise<Response> {
  const { interactions, logouts } = server
  const pages = new Map([
    ['/login', server.page('login', (exchange) => signIn(exchange, server, users))],
    ['/consent', server.page('consent', async (exchange) => {
      await interactions.open(exchange)
      return interactions.answer(exchange, 'allow')
    })],
    ['/logout', server.page('logout', async (exchange) => {
      if (!logouts.isPending(exchange)) return logouts.begin(exchange)
      await logouts.open(exchange)
      return logouts.decide(exchange, 'allow')
    })],
  ])
  return (http) => pages.get(new URL(http.url).pathname)?.(http) ?? server.fetch(http)
}

async function signIn(exchange: Exchange, { interactions }: RunningServer, users: readonly { readonly sub: string }[]): Promise<Response> {
  const chosen = exchange.http.method === 'POST' ? (await interactions.submitted(exchange)).form.one('sub') : undefined
  const { request, fields } = await interactions.open(exchange)
  const hint = 'login_hint' in request ? request.login_hint : undefined
  const name = chosen ?? hint ?? (users.length === 1 ? users[0]?.sub : undefined)
  const user = users.find(({ sub }) => sub === name)
  if (user !== undefined) return interactions.signIn(exchange, { sub: user.sub, amr: ['test'] })
  const hidden = fields.map(([field, value]) => html`<input type="hidden" name="${field}" value="${value}">`)
  const buttons = users.map(({ sub }) => html`<button name="sub" value="${sub}">${sub}</button>`)
  return new Response(String(html`<!doctype html><title>Sign in</title><form method="post">${hidden}${buttons}</form>`), { headers: pageHeaders("form-action 'self'") })
}
