import { chooseGrant, refuse } from '@latchkey/core'
import type { Exchange } from '../authorization-server.ts'
import { authenticateClient } from '../client-of.ts'
import { json } from '../http/answer.ts'
import { queryOf, readForm } from '../http/form.ts'
import type { Minted } from '../mint.ts'
import { accept } from '../refused.ts'
import { settle } from '../settle.ts'

/** What happens at /token. @spec RFC 6749 §3.2 */
export async function token({ http, server, trace, endpoint }: Exchange): Promise<Response> {
  if (queryOf(http) !== '') accept(refuse('parameters_in_query'))
  const form = accept(await readForm(http))
  const client = accept(authenticateClient(http, form, server))
  const grant = accept(chooseGrant(form, client, server.grants))
  const attempt = accept(grant.begin(form, client, server.catalogue))
  const minted = accept(await settle(attempt, server))
  const { client_id } = client
  server.events({ event: 'issued', trace, at: server.clock(), endpoint, client_id, grant_type: grant.grant_type, issued: issuedIn(minted) })
  return json(200, tokenResponse(minted))
}

/** @spec RFC 6749 §5.1, OpenID Connect Core §3.1.3.3 */
function tokenResponse({ access_token, token_type, expires_in, scope, refresh_token, id_token, members }: Minted): Readonly<Record<string, unknown>> {
  return { access_token, token_type, expires_in, refresh_token, id_token, scope: scope === '' ? undefined : scope, ...members }
}

function issuedIn(minted: Minted): readonly string[] {
  return (['access_token', 'refresh_token', 'id_token'] as const).filter((name) => minted[name] !== undefined)
}
