import type { WebAuth } from '../web/web-auth.ts'

/** Handlers for one route file of Next.js. */
export type RouteHandlers = Readonly<Record<'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', (request: Request) => Promise<Response>>>

/** The endpoints as handlers of Next.js, for `app/auth/[endpoint]/route.ts` and for the route files of proxied paths. */
export function next(web: WebAuth): RouteHandlers {
  const answer = async (request: Request) => (await web.handle(request)) ?? new Response(null, { status: 404 })
  return { GET: answer, HEAD: answer, POST: answer, PUT: answer, PATCH: answer, DELETE: answer }
}
