import { refuse } from '@latchkey/core'
import type { AuthorizationServer, Exchange } from './authorization-server.ts'
import { authorize } from './endpoints/authorize.ts'
import { checkSession } from './endpoints/check-session.ts'
import { deviceAuthorization } from './endpoints/device-authorization.ts'
import { discovery, jwks } from './endpoints/discovery.ts'
import { endSession } from './endpoints/end-session.ts'
import { introspect } from './endpoints/introspect.ts'
import { revoke } from './endpoints/revoke.ts'
import { token } from './endpoints/token.ts'
import { userinfo } from './endpoints/userinfo.ts'
import { preflight, readableByClients } from './http/cors.ts'
import { drawName } from './ports/random.ts'
import { accept, answering, type Audience } from './refused.ts'

/** One endpoint: where it is, what it answers, and to whom. */
export interface Route {
  readonly name: string
  readonly path: string
  readonly methods: readonly ('GET' | 'POST')[]
  readonly audience: Audience
  /** Whether scripts of registered origins may call it. */
  readonly scripts: boolean
  answer(exchange: Exchange): Promise<Response>
}

/** The endpoints of a server below the path of its issuer. */
export const ROUTES: readonly Route[] = [
  { name: 'discovery', path: '/.well-known/openid-configuration', methods: ['GET'], audience: 'program', scripts: true, answer: discovery },
  { name: 'jwks', path: '/jwks', methods: ['GET'], audience: 'program', scripts: true, answer: jwks },
  { name: 'authorize', path: '/authorize', methods: ['GET', 'POST'], audience: 'person', scripts: false, answer: authorize },
  { name: 'token', path: '/token', methods: ['POST'], audience: 'program', scripts: true, answer: token },
  { name: 'device_authorization', path: '/device_authorization', methods: ['POST'], audience: 'program', scripts: true, answer: deviceAuthorization },
  { name: 'introspection', path: '/introspect', methods: ['POST'], audience: 'program', scripts: false, answer: introspect },
  { name: 'revocation', path: '/revoke', methods: ['POST'], audience: 'program', scripts: true, answer: revoke },
  { name: 'userinfo', path: '/userinfo', methods: ['GET', 'POST'], audience: 'bearer', scripts: true, answer: userinfo },
  { name: 'end_session', path: '/end_session', methods: ['GET', 'POST'], audience: 'person', scripts: false, answer: endSession },
  { name: 'check_session', path: '/check_session', methods: ['GET'], audience: 'person', scripts: false, answer: checkSession },
]

const UNKNOWN: Route = { name: 'unknown', path: '', methods: [], audience: 'anybody', scripts: false, answer: async () => accept<Response>(refuse('endpoint_unknown')) }

/** The routes by their whole paths. A path is compared as it stands: no other spelling leads to an endpoint. @spec RFC 8414 §3.1 */
export function routesOf(issuer: string): ReadonlyMap<string, Route> {
  const base = new URL(issuer).pathname.replace(/\/$/, '')
  const byPath = new Map(ROUTES.map((route) => [base + route.path, route]))
  const metadata = ROUTES.find(({ name }) => name === 'discovery')
  if (metadata !== undefined) byPath.set(`/.well-known/oauth-authorization-server${base}`, metadata)
  return byPath
}

/** Answers a request to one of the routes. */
export async function dispatch(http: Request, routes: ReadonlyMap<string, Route>, server: AuthorizationServer): Promise<Response> {
  const route = routes.get(pathOf(http.url)) ?? UNKNOWN
  const exchange: Exchange = { http, server, trace: drawName(server.random), endpoint: route.name }
  const answer = await answering(exchange, route.audience, () => answerRoute(route, exchange))
  const told = route.scripts ? readableByClients(answer, http, server) : answer
  return http.method === 'HEAD' ? new Response(null, told) : told
}

async function answerRoute(route: Route, exchange: Exchange): Promise<Response> {
  const method = exchange.http.method === 'HEAD' ? 'GET' : exchange.http.method
  if (method === 'OPTIONS' && route.scripts) return preflight(route.methods)
  if (route !== UNKNOWN && !route.methods.some((known) => known === method)) accept(refuse('method_not_allowed', { allow: route.methods.join(', ') }))
  return route.answer(exchange)
}

/** The path as it was sent, without the resolving of dots that a URL object does. */
function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const path = start < 0 ? '/' : url.slice(start)
  const end = path.search(/[?#]/)
  return end < 0 ? path : path.slice(0, end)
}
