import { type Exchange, pageHeaders, type RunningServer, type Waiting } from '@latchkey/server'
import { html } from 'hono/html'

/** The two pages of a small application, and the server behind them. */
export function pagesOf(server: RunningServer): (http: Request) => Promise<Response> {
  const pages = new Map([
    ['/login', server.page('login', (exchange) => login(exchange, server))],
    ['/consent', server.page('consent', (exchange) => consent(exchange, server))],
  ])
  const base = new URL(server.catalogue.issuer).pathname.replace(/\/$/, '')
  return (http) => {
    const page = pages.get(new URL(http.url).pathname.slice(base.length))
    return page === undefined ? server.fetch(http) : page(http)
  }
}

async function login(exchange: Exchange, { interactions }: RunningServer): Promise<Response> {
  if (exchange.http.method !== 'POST') return ask('login', await interactions.open(exchange))
  const { form } = await interactions.submitted(exchange)
  if (form.one('decision') === 'deny') return interactions.answer(exchange, 'deny')
  const sub = form.one('username')
  const acr = form.one('acr')
  return sub === undefined ? interactions.askAgain(exchange, 'login') : interactions.signIn(exchange, { sub, amr: ['pwd'], ...(acr === undefined ? {} : { acr }) })
}

async function consent(exchange: Exchange, { interactions }: RunningServer): Promise<Response> {
  if (exchange.http.method !== 'POST') return ask('consent', await interactions.open(exchange))
  const { form } = await interactions.submitted(exchange)
  return interactions.answer(exchange, form.one('decision') === 'allow' ? 'allow' : 'deny')
}

function ask(question: 'login' | 'consent', { fields, client, request, account }: Waiting): Response {
  const inputs = fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)
  const body = html`<h1>${question}</h1>
    <p>${client?.client_name ?? client?.client_id} asks ${account?.sub ?? 'nobody'} for ${'kind' in request ? '' : request.scope.join(' ')}</p>
    <form method="post">${inputs}</form>`
  return new Response(String(body), { headers: pageHeaders("form-action 'self'") })
}
