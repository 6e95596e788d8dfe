import type { AuthorizationServer, Exchange } from '../authorization-server.ts'

const EXPOSED = 'WWW-Authenticate, DPoP-Nonce, Trace-Id, Retry-After, Date'

/** The same answer, readable by a script of an origin that a client registered. Never with credentials. @spec RFC 6749 §10.13, RFC 9700 §2.6 */
export async function readableByClients(answer: Response, http: Request, { clients }: AuthorizationServer): Promise<Response> {
  const origin = http.headers.get('origin')
  if (origin === null || !(await isRegistered(origin, clients))) return answer
  answer.headers.set('access-control-allow-origin', origin)
  answer.headers.set('access-control-expose-headers', EXPOSED)
  answer.headers.append('vary', 'Origin')
  return answer
}

/** A store that is away lets in nobody more. */
async function isRegistered(origin: string, clients: AuthorizationServer['clients']): Promise<boolean> {
  try {
    return await clients.isOrigin(origin)
  } catch {
    return false
  }
}

/** The answer to a browser that asks before it calls. To an origin that no client registered it allows nothing. */
export async function preflight({ http, server }: Exchange, methods: readonly string[]): Promise<Response> {
  const isKnown = await isRegistered(http.headers.get('origin') ?? '', server.clients)
  const allowed = { 'access-control-allow-methods': methods.join(', '), 'access-control-allow-headers': 'Authorization, Content-Type, DPoP', 'access-control-max-age': '600' }
  return new Response(null, { status: 204, headers: isKnown ? allowed : { vary: 'Origin' } })
}
