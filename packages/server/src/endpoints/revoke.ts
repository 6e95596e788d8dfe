import { isRefusal, parseRefreshToken, refuse, revokeAccessToken, revokeRefreshToken } from '@latchkey/core'
import { verifiedAccessToken } from '../access-token.ts'
import type { Exchange } from '../authorization-server.ts'
import { authenticateClient } from '../client-of.ts'
import { queryOf, readForm } from '../http/form.ts'
import { accept } from '../refused.ts'
import { settle } from '../settle.ts'

/** What happens at /revoke. A token that is none of ours is as dead as the caller wants it. @spec RFC 7009 §2 */
export async function revoke(exchange: Exchange): Promise<Response> {
  const { http, server } = exchange
  if (queryOf(http) !== '') accept(refuse('parameters_in_query'))
  const form = accept(await readForm(http))
  const client = accept(await authenticateClient(form, exchange))
  const text = form.one('token') ?? accept<string>(refuse('parameter_missing', { parameter: 'token' }))
  if (parseRefreshToken(text) !== undefined) accept(await settle(revokeRefreshToken(text, client), server))
  else {
    const token = await verifiedAccessToken(text, server)
    if (!isRefusal(token)) accept(await settle(revokeAccessToken(token, client), server))
  }
  return new Response(null, { status: 200, headers: { 'cache-control': 'no-store' } })
}
