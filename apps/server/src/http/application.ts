import { find } from '@latchkey/core'
import type { Arrival, Outbound, RunningServer, Store } from '@latchkey/server'
import { Hono } from 'hono'
import type { Logger } from 'pino'
import type { Configuration } from '../config/configuration.ts'
import { answerAsset, answerPage, defaultPages } from '../pages/index.ts'
import type { PasswordUsers } from '../users/configured-users.ts'
import type { Application } from '../listener/arrivals.ts'
import { consentPage } from './consent.ts'
import { devicePage } from './device.ts'
import { examKeys } from './exam-keys.ts'
import type { Refused } from '../listener/refusing.ts'
import { fetchedLogos } from '../logos/fetched-logos.ts'
import { loginPage } from './login.ts'
import { logoAnswer } from './logos.ts'
import { logoutPage } from './logout.ts'
import { demoNotice, localeFor, siteOf } from './site.ts'

/** What the application is made of. */
export interface Parts {
  readonly configuration: Configuration
  readonly server: RunningServer
  readonly store: Store
  readonly users: PasswordUsers
  readonly outbound: Outbound
  readonly log: Logger
  readonly refuse: (refused: Refused) => Promise<Response>
  readonly isStopping: () => boolean
}

/** The pages of the reference server around the authorization server: what no page of ours answers, the protocol does. */
export function application(parts: Parts): Application {
  const { configuration, server } = parts
  const base = new URL(configuration.issuer).pathname.replace(/\/$/, '')
  const app = new Hono<{ Bindings: Arrival }>()
  app.get('/healthz', () => plain(200, 'ok'))
  app.get('/readyz', () => readiness(parts))
  app.get('/assets/*', (context) => answerAsset(context.req.raw) ?? server.fetch(context.req.raw, context.env))
  app.get(base === '' ? '/' : `${base}/`, (context) => home(context.req.raw, configuration))
  const login = server.page('login', loginPage(parts))
  const consent = server.page('consent', consentPage(parts))
  const device = server.page('device', devicePage(parts))
  const logout = server.page('logout', logoutPage(parts))
  const logos = server.page('logos', logoAnswer(fetchedLogos({ outbound: parts.outbound, now: Date.now, missed: (logo_uri, err) => parts.log.info({ logo_uri, err }, 'the logo of a client is not to be had') })))
  app.on(['GET', 'POST'], `${base}/login`, (context) => login(context.req.raw, context.env))
  app.on(['GET', 'POST'], `${base}/consent`, (context) => consent(context.req.raw, context.env))
  app.get(`${base}/logos/*`, (context) => logos(context.req.raw, context.env))
  if (configuration.endpoints.device_authorization !== false) app.on(['GET', 'POST'], `${base}/device`, (context) => device(context.req.raw, context.env))
  if (configuration.endpoints.end_session !== false) app.on(['GET', 'POST'], `${base}/logout`, (context) => logout(context.req.raw, context.env))
  if (configuration.rotateKeysToken !== undefined) {
    const rotate = examKeys(configuration.rotateKeysToken, parts)
    app.post(`${base}/exam/keys/rotate`, (context) => rotate(context.req.raw, context.env))
  }
  app.all('*', (context) => server.fetch(context.req.raw, context.env))
  app.onError((error, { env: { trace = '', address } }) => {
    parts.log.error({ trace, err: error }, 'fault')
    return parts.refuse({ key: 'server_error', trace, address, isRead: true })
  })
  return (http, arrival) => app.fetch(http, arrival)
}

function home(http: Request, configuration: Configuration): Promise<Response> {
  const site = siteOf(configuration)(localeFor(undefined, http))
  return answerPage(defaultPages.home({ site, discoveryHref: `${configuration.issuer}/.well-known/openid-configuration`, ...demoNotice(configuration) }))
}

const SOON = 2_000

async function readiness({ server, store, isStopping, log }: Parts): Promise<Response> {
  if (isStopping()) return plain(503, 'stopping')
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the store did not answer within ${SOON} ms`)), SOON)
  })
  try {
    await Promise.race([Promise.all([server.ready(), store.gather({ any: find('key', 'readiness') })]), late])
    return plain(200, 'ready')
  } catch (error) {
    log.warn({ err: error }, 'not ready')
    return plain(503, 'the store does not answer')
  } finally {
    clearTimeout(timer)
  }
}

function plain(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } })
}
