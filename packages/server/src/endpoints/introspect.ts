import { type Attempt, type Client, introspectAccessToken, introspectRefreshToken, type Introspected, isPublic, isRefusal, parseRefreshToken, refuse } from '@latchkey/core'
import { verifiedAccessToken } from '../access-token.ts'
import type { AuthorizationServer, Exchange } from '../authorization-server.ts'
import { authenticateClient } from '../client-of.ts'
import { json } from '../http/answer.ts'
import { queryOf, readForm } from '../http/form.ts'
import { accept } from '../refused.ts'
import { settle } from '../settle.ts'

/** What happens at /introspect. The hint of a type is not needed: a token shows what it is. @spec RFC 7662 §2 */
export async function introspect(exchange: Exchange): Promise<Response> {
  const { http, server } = exchange
  if (queryOf(http) !== '') accept(refuse('parameters_in_query'))
  const form = accept(await readForm(http))
  const client = accept(await authenticateClient(form, exchange))
  if (isPublic(client)) accept(refuse('client_authentication_method_mismatch', { client_id: client.client_id, used: 'none' }))
  const text = form.one('token') ?? accept<string>(refuse('parameter_missing', { parameter: 'token' }))
  const attempt = await attemptAt(text, client, server)
  const told = attempt === undefined ? undefined : accept(await settle(attempt, server))
  return json(200, told?.answer ?? { active: false })
}

async function attemptAt(text: string, client: Client, server: AuthorizationServer): Promise<Attempt<Introspected> | undefined> {
  if (parseRefreshToken(text) !== undefined) return introspectRefreshToken(text, client)
  const token = await verifiedAccessToken(text, server)
  return isRefusal(token) ? undefined : introspectAccessToken(token, client, server.catalogue)
}
