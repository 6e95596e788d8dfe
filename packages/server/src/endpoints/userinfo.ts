import { bearerToken, type Form, userinfo as attemptOf } from '@latchkey/core'
import { verifiedAccessToken } from '../access-token.ts'
import type { Exchange } from '../authorization-server.ts'
import { json } from '../http/answer.ts'
import { readForm } from '../http/form.ts'
import { accept } from '../refused.ts'
import { settle } from '../settle.ts'

/** What happens at /userinfo. @spec OpenID Connect Core §5.3 */
export async function userinfo({ http, server, trace, endpoint }: Exchange): Promise<Response> {
  const form = accept(await postedForm(http))
  const text = accept(bearerToken(http.headers.get('authorization') ?? undefined, form))
  const token = accept(await verifiedAccessToken(text, server))
  const told = accept(await settle(attemptOf(token, server.catalogue.issuer), server))
  server.events({ event: 'told', trace, at: server.clock(), endpoint, client_id: token.client_id, sub: token.sub, claims: told.trace })
  return json(200, told.claims)
}

function postedForm(http: Request): ReturnType<typeof readForm> | Form | undefined {
  return http.method === 'POST' && http.headers.has('content-type') ? readForm(http) : undefined
}
