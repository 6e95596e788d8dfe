import type { Exchange, Submitted, Waiting } from '@latchkey/server'
import { answerPage, defaultPages, type LoginProblem } from '../pages/index.ts'
import { TooManyAttempts } from '../users/password-hashing.ts'
import type { Parts } from './application.ts'
import { formAt } from './interaction-form.ts'
import { demoNotice, localeFor, siteOf } from './site.ts'

/** The class of a sign-in by password alone: one factor. */
export const PASSWORD_ACR = '1'

/** After so many seconds the passwords that wait are hashed. */
const HASHING_AGAIN = 2

type PageParts = Pick<Parts, 'configuration' | 'server' | 'users' | 'log'>

/** The sign-in page: shows its form, and signs in whoever sends the right password. */
export function loginPage(parts: PageParts): (exchange: Exchange) => Promise<Response> {
  const { server } = parts
  return async (exchange) => {
    if (exchange.http.method !== 'POST') return show(await server.interactions.open(exchange), exchange, parts)
    const submitted = await server.interactions.submitted(exchange)
    if (submitted.form.one('decision') === 'deny') return server.interactions.answer(exchange, 'deny')
    return attempt(submitted, exchange, parts)
  }
}

async function attempt(submitted: Submitted, exchange: Exchange, parts: PageParts): Promise<Response> {
  const username = submitted.form.one('username')
  const password = submitted.form.one('password')
  const again = (problem: LoginProblem, status: number, retryAfter?: number) => show(submitted, exchange, parts, { problem, status, username, retryAfter })
  if (username === undefined) return again('username_missing', 400)
  if (password === undefined) return again('password_missing', 400)
  try {
    const proven = await parts.server.attempts.prove(exchange, username, () => parts.users.authenticate(username, password))
    if (proven.kind === 'throttled') return again('too_many_attempts', 429, proven.retryAfter)
    if (proven.kind === 'proven') return await parts.server.interactions.signIn(exchange, { sub: proven.user.sub, amr: ['pwd'], acr: PASSWORD_ACR })
  } catch (error) {
    if (!(error instanceof TooManyAttempts)) throw error
    return again('too_many_attempts', 429, HASHING_AGAIN)
  }
  // The username stays out of the log: people type their password into its field.
  parts.log.info({ trace: exchange.trace, endpoint: exchange.endpoint, client_id: submitted.client?.client_id, address: exchange.address }, 'sign-in failed: unknown user, wrong password or locked account')
  return again('credentials_wrong', 400)
}

interface Retry {
  readonly problem: LoginProblem
  readonly status: number
  readonly username: string | undefined
  /** For how many seconds another attempt would be in vain. */
  readonly retryAfter: number | undefined
}

function show(waiting: Waiting, exchange: Exchange, { configuration, users }: PageParts, retry?: Retry): Promise<Response> {
  const { client, request, account } = waiting
  const known = account === undefined ? undefined : users.usernameOf(account.sub)
  const hint = 'kind' in request ? undefined : request.login_hint
  const username = retry === undefined ? (hint ?? known) : retry.username
  const problem = retry?.problem ?? (account === undefined ? undefined : 'reauthentication_wanted')
  const page = defaultPages.login({
    site: siteOf(configuration)(localeFor(request.ui_locales, exchange.http)),
    form: formAt(waiting, exchange),
    ...(client === undefined ? {} : { client }),
    ...(username === undefined ? {} : { username: username.slice(0, 256) }),
    ...(problem === undefined ? {} : { problem }),
    ...demoNotice(configuration),
  })
  const headers: HeadersInit = { 'trace-id': exchange.trace, ...(retry?.retryAfter === undefined ? {} : { 'retry-after': String(retry.retryAfter) }) }
  return answerPage(page, { status: retry?.status ?? 200, headers, formAction: 'kind' in request ? [] : [request.returnTo.redirect_uri] })
}
