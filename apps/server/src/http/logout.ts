import type { Exchange, WaitingLogout } from '@latchkey/server'
import { answerPage, defaultPages } from '../pages/index.ts'
import type { Parts } from './application.ts'
import { userOf } from './described.ts'
import { formAt } from './interaction-form.ts'
import { localeFor, siteOf } from './site.ts'

type PageParts = Pick<Parts, 'configuration' | 'server' | 'users'>

/** The logout page: asks whoever is signed in, and takes the answer. @spec OpenID Connect RP-Initiated Logout §2 */
export function logoutPage(parts: PageParts): (exchange: Exchange) => Promise<Response> {
  const { interactions, logouts } = parts.server
  return async (exchange) => {
    if (exchange.http.method !== 'POST') return logouts.isPending(exchange) ? show(await logouts.open(exchange), exchange, parts) : logouts.begin(exchange)
    const submitted = await logouts.submitted(exchange)
    if (submitted.kind !== 'logout') return interactions.askAgain(exchange, submitted.kind === 'device' ? 'device' : 'consent')
    const decision = submitted.form.one('decision')
    return decision === 'allow' || decision === 'deny' ? logouts.decide(exchange, decision) : show(submitted, exchange, parts)
  }
}

function show(waiting: WaitingLogout, exchange: Exchange, parts: PageParts): Promise<Response> {
  const { account, client, request } = waiting
  const page = defaultPages.logout({
    site: siteOf(parts.configuration)(localeFor(request.ui_locales, exchange.http)),
    form: formAt(waiting, exchange),
    ...(client === undefined ? {} : { client }),
    ...(account === undefined ? {} : { user: userOf(account, parts) }),
  })
  const formAction = request.returnTo?.isProven === true ? [request.returnTo.uri] : []
  return answerPage(page, { headers: { 'trace-id': exchange.trace }, formAction })
}
