import { configError } from '../config-error.ts'
import { namesLoopback } from '../http/endpoint-url.ts'
import type { ServiceAuth } from '../service/service-auth.ts'
import type { WebSession } from './web-session.ts'

/** Whose token a passed-on request carries: the user's, the application's own, the user's or else the application's, the user's or else none, or never one. */
export type ProxyToken = 'user' | 'client' | 'userOrClient' | 'userOrNone' | 'none'

/** A path of the application behind which another server answers. */
export interface ProxyRoute {
  /** The path below `baseUrl` and all that lies under it, such as `/api/orders`. */
  readonly path: string
  /** The address that takes the place of the path. */
  readonly target: string
  readonly token: ProxyToken
  /** What the application's own token is for. */
  readonly resource?: string
  readonly scope?: string
}

/** Passes a request on to the server behind its route. */
export type Forward = (route: ProxyRoute, request: Request, session: WebSession | undefined) => Promise<Response>

/** Headers that belong to one connection, or that would tell the other server what is only for this one. @spec RFC 9110 §7.6.1 */
const DROPPED = ['authorization', 'connection', 'content-length', 'cookie', 'dpop', 'expect', 'forwarded', 'host', 'keep-alive', 'origin', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'x-csrf']
const DROPPED_FROM_ANSWER = ['connection', 'content-encoding', 'content-length', 'keep-alive', 'set-cookie', 'transfer-encoding', 'www-authenticate']

/** Reads the routes of a proxy, and throws for those that cannot be right. */
export function parseRoutes(routes: readonly ProxyRoute[], allowInsecure: boolean): readonly ProxyRoute[] {
  for (const { path, target } of routes) {
    if (!/^(\/[\w.-]+)+$/.test(path)) throw configError(`proxy: the path ${path} must begin with a slash and end without one`)
    const url = URL.canParse(target) ? new URL(target) : undefined
    if (url === undefined || url.search !== '' || url.hash !== '' || url.username !== '') throw configError(`proxy: ${target} is no plain address`)
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && (allowInsecure || namesLoopback(url)))) throw configError(`proxy: ${target} is not https`)
  }
  return [...routes].sort((one, other) => other.path.length - one.path.length)
}

/** Answers the longest route that covers a path. */
export function findRoute(routes: readonly ProxyRoute[], root: string, pathname: string): ProxyRoute | undefined {
  return routes.find(({ path }) => pathname === root + path || pathname.startsWith(`${root}${path}/`))
}

/** Creates what passes requests on. Cookies and credentials of the browser stay here, and cookies of the other server do not come back. */
export function createForward(root: string, send: typeof fetch, service: () => ServiceAuth): Forward {
  return async (route, request, session) => {
    const fetchWithToken = chooseFetch(route, session, send, service)
    if (fetchWithToken === undefined) return Response.json({ error: 'login_required' }, { status: 401, headers: { 'cache-control': 'no-store' } })
    const { pathname, search } = new URL(request.url)
    const target = new URL(route.target)
    target.pathname = target.pathname.replace(/\/$/, '') + pathname.slice(root.length + route.path.length)
    target.search = search
    const headers = new Headers(request.headers)
    for (const name of DROPPED) headers.delete(name)
    const body = await readBody(request)
    if (body === 'too large') return Response.json({ error: 'invalid_request' }, { status: 413, headers: { 'cache-control': 'no-store' } })
    const answer = await fetchWithToken(target, { method: request.method, headers, redirect: 'manual', signal: request.signal, ...(body !== undefined && { body }) })
    const passed = new Headers(answer.headers)
    for (const name of DROPPED_FROM_ANSWER) passed.delete(name)
    passed.set('cache-control', passed.get('cache-control') ?? 'no-store')
    return new Response(answer.body, { status: answer.status, headers: passed })
  }
}

/** Bytes that are held so that a request can be sent again with another token or nonce. */
const LARGEST_BODY = 10_000_000

async function readBody({ body }: Request): Promise<Uint8Array<ArrayBuffer> | 'too large' | undefined> {
  if (body === null) return undefined
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > LARGEST_BODY) return 'too large'
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

function chooseFetch({ token, resource, scope }: ProxyRoute, session: WebSession | undefined, send: typeof fetch, service: () => ServiceAuth): typeof fetch | undefined {
  const own = () => service().for({ ...(resource !== undefined && { resource }), ...(scope !== undefined && { scope }) }).fetch
  switch (token) {
    case 'user':
      return session?.fetch
    case 'client':
      return own()
    case 'userOrClient':
      return session?.fetch ?? own()
    case 'userOrNone':
      return session?.fetch ?? send
    case 'none':
      return send
  }
}
