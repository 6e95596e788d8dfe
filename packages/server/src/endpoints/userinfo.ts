import { bearerToken, type Client, type Form, refuse, type Told, userinfo as attemptOf, userinfoEncryption } from '@latchkey/core'
import { verifiedAccessToken } from '../access-token.ts'
import type { AuthorizationServer, Exchange } from '../authorization-server.ts'
import { encryptTo } from '../encrypt-to.ts'
import { json, jwt } from '../http/answer.ts'
import { readForm } from '../http/form.ts'
import { accept } from '../refused.ts'
import { settle } from '../settle.ts'

/** What happens at /userinfo. @spec OpenID Connect Core §5.3 */
export async function userinfo({ http, server, trace, endpoint }: Exchange): Promise<Response> {
  const form = accept(await postedForm(http))
  const text = accept(bearerToken(http.headers.get('authorization') ?? undefined, form))
  const token = accept(await verifiedAccessToken(text, server))
  const told = accept(await settle(attemptOf(token, server.catalogue.issuer), server))
  const client = (await server.clients.find(token.client_id)) ?? accept<Client>(refuse('access_token_unknown'))
  const answer = await answered(told.claims, client, server)
  server.events({ event: 'told', trace, at: server.clock(), endpoint, client_id: token.client_id, sub: token.sub, claims: told.trace })
  return answer
}

/** The claims as the client registered to get them: plain, signed, encrypted, or signed and then encrypted. @spec OpenID Connect Core §5.3.2 */
async function answered(claims: Told['claims'], client: Client, server: AuthorizationServer): Promise<Response> {
  const { userinfo_signed_response_alg: alg, client_id } = client
  const encryption = userinfoEncryption(client)
  if (alg === undefined && encryption === undefined) return json(200, claims)
  // Without an end it can not be taken for an ID Token, whatever the user's claims are called.
  const addressed = { ...claims, exp: undefined, iss: server.catalogue.issuer, aud: client_id }
  const text = alg === undefined ? JSON.stringify(addressed) : await server.keys.sign(alg, 'JWT', addressed)
  return jwt(encryption === undefined ? text : accept(await encryptTo(encryption, text, alg === undefined ? undefined : 'JWT', server)))
}

function postedForm(http: Request): ReturnType<typeof readForm> | Form | undefined {
  return http.method === 'POST' && http.headers.has('content-type') ? readForm(http) : undefined
}
