import { decideDevice, type DeviceAuthorization, type DeviceStep, type DeviceVisit, digest, enterUserCode, find, parseForm, refuse, visitDevice } from '@latchkey/core'
import type { Exchange } from './authorization-server.ts'
import { askingAt, sessionDigest } from './endpoints/authorize.ts'
import { reached } from './reached.ts'
import { seeOther } from './http/answer.ts'
import { queryOf } from './http/form.ts'
import { BROWSER_COOKIE_LIFETIME } from './http/cookies.ts'
import { browserOf, handleOf, interactions, peek, type Submitted, type WaitingDevice } from './interactions.ts'
import { drawSecret } from './ports/random.ts'
import { accept } from './refused.ts'
import { settle } from './settle.ts'

/** The device page as it stands: the code is still to be entered, or this is what the device asks for. */
export interface DevicePage extends WaitingDevice {
  /** What the device asked for, once its code has been entered. */
  readonly device?: DeviceAuthorization
}

/** What a step at the device page came to. */
export type DeviceOutcome = { readonly kind: 'goes_on'; readonly answer: Response } | { readonly kind: 'missed' } | { readonly kind: 'decided'; readonly decision: 'allow' | 'deny' }

/** What an application's own device page can do. @spec RFC 8628 §3.3 */
export interface Devices {
  /** Whether the address names a visit that has begun. If not, {@link Devices.visit} begins one. */
  isVisiting(exchange: Exchange): boolean
  /** Begins a visit: signs the user in if need be, and comes back with a handle. */
  visit(exchange: Exchange): Promise<Response>
  open(exchange: Exchange): Promise<DevicePage>
  submitted(exchange: Exchange): Promise<Submitted>
  /** The user typed a code. `missed` asks again, and counts. */
  enter(exchange: Exchange, user_code: string): Promise<DeviceOutcome>
  decide(exchange: Exchange, decision: 'allow' | 'deny'): Promise<DeviceOutcome>
}

/** The device visits of a server. */
export const devices: Devices = {
  isVisiting: ({ http }) => accept(parseForm(queryOf(http))).one('interaction') !== undefined,
  async visit(exchange) {
    const { http, server } = exchange
    const query = accept(parseForm(queryOf(http)))
    const browserSecret = server.cookies.read(http, 'browser') ?? drawSecret(server.random)
    const handle = drawSecret(server.random)
    const from = { browser: digest(browserSecret), session: sessionDigest(exchange) }
    const step = accept(await settle(visitDevice(from, digest(handle), visitOf(query.one('user_code'), query.one('ui_locales'))), server))
    const question = step.kind === 'ask' ? step.question : 'login'
    return seeOther(askingAt(server.pages.path(question), handle, server.catalogue.issuer), [server.cookies.write('browser', browserSecret, BROWSER_COOKIE_LIFETIME)])
  },
  async open(exchange) {
    const waiting = await interactions.open(exchange)
    if (waiting.kind !== 'device') return accept<DevicePage>(refuse('interaction_unknown'))
    const { server } = exchange
    const needs = { interaction: find('interaction', digest(handleOf(exchange))), device: { need: 'behind', kind: 'device_authorization', via: 'interaction', member: 'device', prefix: '' } } as const
    const { device } = await reached(() => server.store.gather(needs))
    const waits = device !== undefined && device.enteredIn === digest(handleOf(exchange)) && device.state === 'pending' && device.expiresAt > server.clock()
    return waits ? { ...waiting, device } : waiting
  },
  submitted: (exchange) => interactions.submitted(exchange),
  async enter(exchange, user_code) {
    const step = accept(await settle(enterUserCode(digest(handleOf(exchange)), browserOf(exchange), user_code), exchange.server))
    return outcomeOf(step, exchange)
  },
  async decide(exchange, decision) {
    const { client, request } = await peek(exchange)
    if (client === undefined) return accept<DeviceOutcome>(refuse(request.client_id === undefined ? 'device_entered_elsewhere' : 'device_not_waiting'))
    const step = accept(await settle(decideDevice(digest(handleOf(exchange)), browserOf(exchange), client, decision), exchange.server))
    return outcomeOf(step, exchange)
  },
}

function outcomeOf(step: DeviceStep, exchange: Exchange): DeviceOutcome {
  return step.kind === 'ask' ? { kind: 'goes_on', answer: interactions.askAgain(exchange, step.question) } : step
}

function visitOf(user_code: string | undefined, ui_locales: string | undefined): Omit<DeviceVisit, 'kind'> {
  return { ...(user_code === undefined ? {} : { user_code: user_code.slice(0, 40) }), ...(ui_locales === undefined ? {} : { ui_locales: ui_locales.slice(0, 100) }) }
}
