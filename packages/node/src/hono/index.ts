import type { WebAuth } from '../web/web-auth.ts'

/** As much of a context of Hono as is needed. */
export interface HonoContextLike {
  readonly req: { readonly raw: Request }
}

/** Puts the sign-in of a web application into Hono: `app.use(hono(web))`. */
export function hono(web: WebAuth): (context: HonoContextLike, next: () => Promise<void>) => Promise<Response | void> {
  return async ({ req }, next) => (await web.handle(req.raw)) ?? next()
}
