import { parseUserCode, spellUserCode } from '@latchkey/core'
import type { DevicePage, Exchange, WaitingDevice } from '@latchkey/server'
import { answerPage, defaultPages, type DeviceProblem } from '../pages/index.ts'
import type { Parts } from './application.ts'
import { described, userOf } from './described.ts'
import { formAt } from './interaction-form.ts'
import { localeFor, siteOf } from './site.ts'

type PageParts = Pick<Parts, 'configuration' | 'server' | 'users'>

/** The device page: begins a visit, takes the code, and then the user's decision. @spec RFC 8628 §3.3 */
export function devicePage(parts: PageParts): (exchange: Exchange) => Promise<Response> {
  const { devices } = parts.server
  return async (exchange) => {
    if (exchange.http.method === 'POST') return take(exchange, parts)
    if (!devices.isVisiting(exchange)) return devices.visit(exchange)
    const page = await devices.open(exchange)
    return page.device === undefined ? askCode(page, exchange, parts) : askDecision(page, page.device, exchange, parts)
  }
}

async function take(exchange: Exchange, parts: PageParts): Promise<Response> {
  const { devices, interactions } = parts.server
  const submitted = await devices.submitted(exchange)
  if (submitted.kind !== 'device') return interactions.askAgain(exchange, submitted.kind === 'logout' ? 'logout' : 'consent')
  const decision = submitted.form.one('decision')
  if (decision === 'switch') return interactions.askAgain(exchange, 'login')
  if (decision === 'allow' || decision === 'deny') {
    const outcome = await devices.decide(exchange, decision)
    return outcome.kind === 'goes_on' ? outcome.answer : done(decision, submitted, exchange, parts)
  }
  const user_code = submitted.form.one('user_code')
  if (user_code === undefined) return askCode(submitted, exchange, parts, { problem: 'user_code_missing' })
  const outcome = await devices.enter(exchange, user_code)
  return outcome.kind === 'goes_on' ? outcome.answer : askCode(submitted, exchange, parts, { problem: 'user_code_unknown', user_code })
}

interface Retry {
  readonly problem: DeviceProblem
  readonly user_code?: string
}

async function askCode(waiting: WaitingDevice, exchange: Exchange, parts: PageParts, retry?: Retry): Promise<Response> {
  const { account, request } = waiting
  if (account === undefined) return parts.server.interactions.askAgain(exchange, 'login')
  const user_code = retry === undefined ? request.user_code : retry.user_code
  const page = defaultPages.device({
    step: 'code',
    site: siteFor(waiting, exchange, parts),
    form: formAt(waiting, exchange),
    user: userOf(account, parts),
    ...(user_code === undefined ? {} : { user_code: spelled(user_code) }),
    ...(retry === undefined ? {} : { problem: retry.problem }),
  })
  return answerPage(page, { status: retry === undefined ? 200 : 400, headers: { 'trace-id': exchange.trace } })
}

async function askDecision(waiting: DevicePage, device: NonNullable<DevicePage['device']>, exchange: Exchange, parts: PageParts): Promise<Response> {
  const { account, client } = waiting
  if (account === undefined) return parts.server.interactions.askAgain(exchange, 'login')
  if (client === undefined) return askCode(waiting, exchange, parts)
  const page = defaultPages.device({
    step: 'confirmation',
    site: siteFor(waiting, exchange, parts),
    form: formAt(waiting, exchange),
    client,
    user: userOf(account, parts),
    scopes: device.scope.map((name) => described(name, parts)),
    askedSecondsAgo: exchange.server.clock() - device.createdAt,
    ...(device.seen === undefined ? {} : { seen: device.seen }),
  })
  return answerPage(page, { headers: { 'trace-id': exchange.trace } })
}

function done(decision: 'allow' | 'deny', waiting: WaitingDevice, exchange: Exchange, parts: PageParts): Promise<Response> {
  return answerPage(defaultPages.device({ step: 'done', site: siteFor(waiting, exchange, parts), decision }), { headers: { 'trace-id': exchange.trace } })
}

function siteFor({ request }: WaitingDevice, { http }: Exchange, { configuration }: PageParts) {
  return siteOf(configuration)(localeFor(request.ui_locales, http))
}

/** A user code as devices show it; other text as it was typed. */
function spelled(text: string): string {
  const code = parseUserCode(text)
  return code === undefined ? text : spellUserCode(code)
}
