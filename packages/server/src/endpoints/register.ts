import { admission, bearerOf, type ClientMetadata, digest, type Digest, isRefusal, parseRegistration, register as attemptOf, registeredMembers, type RegistrationPolicy, type RegisteredClient, type RegistrationTerms, refuse } from '@latchkey/core'
import type { AuthorizationServer, Exchange } from '../authorization-server.ts'
import { registeredSecret } from '../clients.ts'
import { json } from '../http/answer.ts'
import { readJson } from '../http/json-body.ts'
import { drawName, drawSecret } from '../ports/random.ts'
import { accept } from '../refused.ts'
import { sectorFault } from '../registration/sector-identifier.ts'
import { settle } from '../settle.ts'

/** What happens at /register. Nothing is read, and nobody called, for whom may not register. @spec RFC 7591 §3, OpenID Connect Dynamic Client Registration §3 */
export async function register(exchange: Exchange): Promise<Response> {
  const { http, server, trace, endpoint } = exchange
  const policy = server.registration ?? accept<RegistrationPolicy>(refuse('endpoint_unknown'))
  const token = bearerDigest(http)
  const { terms } = accept(await settle(admission(token, policy), server))
  const client_id = drawName(server.random)
  const registration = accept(await registrationIn(accept(await readJson(http)), client_id, terms, server))
  const management = drawSecret(server.random)
  const { record } = accept(await server.clients.change(client_id, () => settle(attemptOf(token, registration, digest(management), policy), server)))
  server.events({ event: 'issued', trace, at: server.clock(), endpoint, client_id, issued: ['registration_access_token'] })
  return told(201, record, management, server)
}

/** The digest of the token that a request carries. One that can not be read is none that we know. */
export function bearerDigest(http: Request): Digest | undefined {
  const token = bearerOf(http.headers.get('authorization') ?? undefined)
  return token === undefined ? undefined : digest(token)
}

/** The registration that a body asks for, with the secret that its client has if it needs one. */
export async function registrationIn(body: Readonly<Record<string, unknown>>, client_id: string, terms: RegistrationTerms, server: AuthorizationServer) {
  const registration = parseRegistration(body, { client_id, secret: registeredSecret(client_id, server.keys) }, terms, server.abilities)
  if (isRefusal(registration)) return registration
  return (await sectorFault(registration.metadata, server)) ?? registration
}

/** What a client is told of its registration. @spec RFC 7591 §3.2.1, RFC 7592 §3 */
export function told(status: number, { metadata, createdAt }: RegisteredClient, registration_access_token: string, server: AuthorizationServer): Response {
  const { client_id } = metadata
  const registration_client_uri = `${server.catalogue.issuer}/register/${client_id}`
  const body = { client_id, client_id_issued_at: createdAt, ...secretOf(metadata, server), registration_client_uri, registration_access_token, ...registeredMembers(metadata) }
  return json(status, body, { 'x-content-type-options': 'nosniff' })
}

function secretOf({ client_id, secrets = [] }: ClientMetadata, { keys }: AuthorizationServer): { readonly client_secret?: string; readonly client_secret_expires_at?: number } {
  return secrets.length === 0 ? {} : { client_secret: registeredSecret(client_id, keys), client_secret_expires_at: 0 }
}
