import type { Exchange, WaitingRequest } from '@latchkey/server'
import { answerPage, defaultPages } from '../pages/index.ts'
import type { Parts } from './application.ts'
import { described, describedClaims, userOf } from './described.ts'
import { formAt } from './interaction-form.ts'
import { localeFor, siteOf } from './site.ts'

type PageParts = Pick<Parts, 'configuration' | 'server' | 'users'>

/** The consent page: shows what the client asks for, and takes the user's answer. */
export function consentPage(parts: PageParts): (exchange: Exchange) => Promise<Response> {
  const { interactions } = parts.server
  return async (exchange) => {
    if (exchange.http.method !== 'POST') {
      const waiting = await interactions.open(exchange)
      return waiting.kind === 'authorization' ? show(waiting, exchange, parts) : interactions.askAgain(exchange, waiting.kind)
    }
    const submitted = await interactions.submitted(exchange)
    if (submitted.kind !== 'authorization') return interactions.askAgain(exchange, submitted.kind)
    switch (submitted.form.one('decision')) {
      case 'allow':
        return interactions.answer(exchange, 'allow')
      case 'deny':
        return interactions.answer(exchange, 'deny')
      case 'switch':
        return interactions.askAgain(exchange, 'login')
      default:
        return show(submitted, exchange, parts)
    }
  }
}

async function show(waiting: WaitingRequest, exchange: Exchange, parts: PageParts): Promise<Response> {
  const { client, request, account } = waiting
  if (account === undefined) return parts.server.interactions.askAgain(exchange, 'login')
  const page = defaultPages.consent({
    site: siteOf(parts.configuration)(localeFor(request.ui_locales, exchange.http)),
    form: formAt(waiting, exchange),
    client,
    user: userOf(account, parts),
    scopes: [...request.scope.map((name) => described(name, parts)), ...describedClaims(request)],
    redirect_uri: request.returnTo.redirect_uri,
  })
  return answerPage(page, { headers: { 'trace-id': exchange.trace }, formAction: [request.returnTo.redirect_uri] })
}
