import { among, claimDelivery, type DeliveryOutcome, isDue, LOGOUT_TOKEN_TYPE, type LogoutDelivery, logoutTokenClaims, noteDelivery, participationKey, sectorOf } from '@latchkey/core'
import type { AuthorizationServer } from './authorization-server.ts'
import { OutboundRefused } from './ports/outbound.ts'
import { drawName } from './ports/random.ts'
import { reached } from './reached.ts'
import { accept } from './refused.ts'
import { settle } from './settle.ts'
import { sessionIn, subjectIn } from './subjects.ts'

/** In seconds: how long a client may take to answer. */
const TIMEOUT = 5
/** In bytes: what a client answers is not read. */
const LARGEST = 4_096

/** Attempts a delivery that is in our hands, and writes down how it went. @spec OpenID Connect Back-Channel Logout §2.5 */
export async function deliver(delivery: LogoutDelivery, server: AuthorizationServer): Promise<void> {
  const { client_id, sid, attempts } = delivery
  const { reason, ...outcome } = await attempted(delivery, server)
  const { state } = accept(await settle(noteDelivery(participationKey(client_id, sid), attempts, outcome), server))
  const { status } = outcome
  if (state !== undefined) server.events({ event: 'logout_delivery', at: server.clock(), client_id, sid, state, attempts, ...(status === undefined ? {} : { status }), ...(reason === undefined ? {} : { reason }) })
}

async function attempted(delivery: LogoutDelivery, server: AuthorizationServer): Promise<DeliveryOutcome & { readonly reason?: string }> {
  const { catalogue, clients, clock, keys, outbound, random } = server
  const client = await clients.find(delivery.client_id)
  if (client?.backchannel_logout_uri === undefined) return { final: true, reason: 'the client has no backchannel_logout_uri any more' }
  const sector = sectorOf(client)
  const named = { sub: subjectIn(sector, delivery.sub, keys), sid: sessionIn(sector, delivery.sid, keys) }
  const claims = logoutTokenClaims(named, client, catalogue.issuer, { now: clock(), jti: drawName(random) })
  const logout_token = await keys.sign(client.id_token_signed_response_alg, LOGOUT_TOKEN_TYPE, claims)
  try {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const { status } = await outbound(client.backchannel_logout_uri, { method: 'POST', headers, body: `logout_token=${logout_token}`, timeout: TIMEOUT, largest: LARGEST })
    return { status }
  } catch (fault) {
    const isRefused = fault instanceof OutboundRefused
    return { final: isRefused, reason: isRefused ? fault.message : 'no answer' }
  }
}

/** Attempts everything that is due, each by one node only; answers how many attempts were made here. */
export async function deliverDue(server: AuthorizationServer): Promise<number> {
  const { waiting } = await reached(() => server.store.gather({ waiting: among('logout_delivery', 'state', 'waiting') }))
  const due = waiting.filter((row) => isDue(row, server.clock())).sort((one, other) => one.nextAt - other.nextAt)
  const made = await inLanes(due.map(({ key }) => key), async (key) => {
    const { delivery } = accept(await settle(claimDelivery(key), server))
    if (delivery === undefined) return false
    await deliver(delivery, server)
    return true
  })
  return made.filter((isOurs) => isOurs).length
}

const LANES = 10

/** Does something for each, at most so many at a time. */
async function inLanes<T, R>(all: readonly T[], act: (one: T) => Promise<R>): Promise<readonly R[]> {
  const left = all.values()
  const done: R[] = []
  await Promise.all(Array.from({ length: LANES }, async () => {
    for (const one of left) done.push(await act(one))
  }))
  return done
}
