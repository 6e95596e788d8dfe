import type { ServerResponse } from 'node:http'
import { type NodeRequest, requestOf, writeResponse } from '../http/node-request.ts'
import type { RequestSession, WebAuth } from '../web/web-auth.ts'
import type { WebSession } from '../web/web-session.ts'

/** The sign-in as middleware of Express, or of anything else that calls `(req, res, next)`. */
export interface ExpressAuth {
  (incoming: NodeRequest, outgoing: ServerResponse, next: (error?: unknown) => void): void
  /** Answers who is signed in; cookies that a renewed session needs are set when the response begins. */
  session(incoming: NodeRequest, outgoing: ServerResponse): Promise<WebSession | undefined>
}

/** Puts the sign-in of a web application into Express. */
export function express(web: WebAuth): ExpressAuth {
  const middleware = (incoming: NodeRequest, outgoing: ServerResponse, next: (error?: unknown) => void): void => {
    web.handle(requestOf(incoming, outgoing, web.origin)).then((response) => (response === undefined ? next() : writeResponse(response, outgoing))).catch(next)
  }
  return Object.assign(middleware, {
    async session(incoming: NodeRequest, outgoing: ServerResponse) {
      const found = await web.session(requestOf(incoming, outgoing, web.origin))
      applyAtHead(found, outgoing)
      return found.session
    },
  })
}

/** Sets the cookies at the last moment, because a call to a resource server may renew the session too. */
function applyAtHead({ apply }: RequestSession, outgoing: ServerResponse): void {
  const { writeHead } = outgoing
  const withCookies = (...written: Parameters<typeof writeHead>) => {
    for (const [name, value] of apply(new Response()).headers) {
      if (name === 'set-cookie') outgoing.appendHeader(name, value)
      else if (!outgoing.hasHeader(name)) outgoing.setHeader(name, value)
    }
    outgoing.writeHead = writeHead
    return writeHead.apply(outgoing, written)
  }
  outgoing.writeHead = withCookies as typeof writeHead
}
