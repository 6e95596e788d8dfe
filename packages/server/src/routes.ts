import { refuse } from '@latchkey/core'
import type { Arrival, AuthorizationServer, Exchange } from './authorization-server.ts'
import { ENDPOINT_PATHS, type EndpointName, type EndpointSwitches, isOn } from './endpoint-switches.ts'
import { authorize } from './endpoints/authorize.ts'
import { deviceAuthorization } from './endpoints/device-authorization.ts'
import { discovery, jwks } from './endpoints/discovery.ts'
import { introspect } from './endpoints/introspect.ts'
import { pushedAuthorizationRequest } from './endpoints/pushed-authorization-request.ts'
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
  /** Its name in metadata, by which it can be switched off. */
  readonly endpoint?: EndpointName
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
  { name: 'authorize', endpoint: 'authorization', path: ENDPOINT_PATHS.authorization, methods: ['GET', 'POST'], audience: 'person', scripts: false, answer: authorize },
  { name: 'pushed_authorization_request', endpoint: 'pushed_authorization_request', path: ENDPOINT_PATHS.pushed_authorization_request, methods: ['POST'], audience: 'program', scripts: true, answer: pushedAuthorizationRequest },
  { name: 'token', endpoint: 'token', path: ENDPOINT_PATHS.token, methods: ['POST'], audience: 'program', scripts: true, answer: token },
  { name: 'device_authorization', endpoint: 'device_authorization', path: ENDPOINT_PATHS.device_authorization, methods: ['POST'], audience: 'program', scripts: true, answer: deviceAuthorization },
  { name: 'introspection', endpoint: 'introspection', path: ENDPOINT_PATHS.introspection, methods: ['POST'], audience: 'program', scripts: false, answer: introspect },
  { name: 'revocation', endpoint: 'revocation', path: ENDPOINT_PATHS.revocation, methods: ['POST'], audience: 'program', scripts: true, answer: revoke },
  { name: 'userinfo', endpoint: 'userinfo', path: ENDPOINT_PATHS.userinfo, methods: ['GET', 'POST'], audience: 'bearer', scripts: true, answer: userinfo },
]

const UNKNOWN: Route = { name: 'unknown', path: '', methods: [], audience: 'anybody', scripts: false, answer: async () => accept<Response>(refuse('endpoint_unknown')) }

/** The routes that are switched on, by their whole paths. A path is compared as it stands: no other spelling leads to an endpoint. @spec RFC 8414 §3.1 */
export function routesOf(issuer: string, switches: EndpointSwitches = {}): ReadonlyMap<string, Route> {
  const base = new URL(issuer).pathname.replace(/\/$/, '')
  const byPath = new Map(ROUTES.filter(({ endpoint }) => isOn(endpoint, switches)).map((route) => [base + route.path, route]))
  const metadata = ROUTES.find(({ name }) => name === 'discovery')
  if (metadata !== undefined) byPath.set(`/.well-known/oauth-authorization-server${base}`, metadata)
  return byPath
}

/** Answers a request to one of the routes. */
export async function dispatch(http: Request, routes: ReadonlyMap<string, Route>, server: AuthorizationServer, arrival?: Arrival): Promise<Response> {
  const route = routes.get(pathOf(http.url)) ?? UNKNOWN
  const exchange = exchangeOf(http, server, route.name, arrival)
  const answer = await answering(exchange, route.audience, () => answerRoute(route, exchange))
  const told = route.scripts ? readableByClients(answer, http, server) : answer
  return http.method === 'HEAD' ? new Response(null, told) : told
}

/** A request on its way, under the name that its listener gave it. */
export function exchangeOf(http: Request, server: AuthorizationServer, endpoint: string, arrival: Arrival = {}): Exchange {
  return { http, server, trace: arrival.trace ?? drawName(server.random), endpoint, address: arrival.address }
}

async function answerRoute(route: Route, exchange: Exchange): Promise<Response> {
  const method = exchange.http.method === 'HEAD' ? 'GET' : exchange.http.method
  if (method === 'OPTIONS' && route.scripts) return preflight(exchange, route.methods)
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
