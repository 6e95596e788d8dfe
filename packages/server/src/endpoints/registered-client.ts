import { bearerOf, endRegistration, registrationOf as attemptOf, replacementFault, replaceRegistration } from '@latchkey/core'
import type { Exchange } from '../authorization-server.ts'
import { readJson } from '../http/json-body.ts'
import { accept } from '../refused.ts'
import { settle } from '../settle.ts'
import { bearerDigest, registrationIn, told } from './register.ts'

/** What happens at the address that a registered client was given for itself. @spec RFC 7592 §2 */
export async function registeredClient(exchange: Exchange): Promise<Response> {
  switch (exchange.http.method) {
    case 'PUT':
      return replaced(exchange)
    case 'DELETE':
      return ended(exchange)
    default:
      return shown(exchange)
  }
}

async function shown(exchange: Exchange): Promise<Response> {
  const { record } = accept(await settle(attemptOf(nameIn(exchange), bearerDigest(exchange.http)), exchange.server))
  return told(200, record, tokenIn(exchange), exchange.server)
}

async function replaced(exchange: Exchange): Promise<Response> {
  const { http, server } = exchange
  const client_id = nameIn(exchange)
  const { record: before } = accept(await settle(attemptOf(client_id, bearerDigest(http)), server))
  const body = accept(await readJson(http))
  const fault = replacementFault(body, before)
  if (fault !== undefined) accept(fault)
  const registration = accept(await registrationIn(body, client_id, before.terms, server))
  const { record } = accept(await server.clients.change(client_id, () => settle(replaceRegistration(bearerDigest(http), registration), server)))
  return told(200, record, tokenIn(exchange), server)
}

async function ended(exchange: Exchange): Promise<Response> {
  const { http, server } = exchange
  const client_id = nameIn(exchange)
  accept(await server.clients.change(client_id, () => settle(endRegistration(client_id, bearerDigest(http)), server)))
  return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } })
}

function nameIn({ http }: Exchange): string {
  const { pathname } = new URL(http.url)
  return pathname.slice(pathname.lastIndexOf('/') + 1)
}

/** The token that the client has just proved to be its own: we keep only its digest. */
function tokenIn({ http }: Exchange): string {
  return bearerOf(http.headers.get('authorization') ?? undefined) ?? ''
}
