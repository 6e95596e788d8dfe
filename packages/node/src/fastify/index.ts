import type { IncomingMessage, ServerResponse } from 'node:http'
import { requestOf, writeResponse } from '../http/node-request.ts'
import type { RequestSession, WebAuth } from '../web/web-auth.ts'
import type { WebSession } from '../web/web-session.ts'

/** As much of a request of Fastify as is needed. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage
}

/** As much of a reply of Fastify as is needed. */
export interface FastifyReplyLike {
  readonly raw: ServerResponse
  hijack(): unknown
  header(name: string, value: string): unknown
}

/** As much of an instance of Fastify as is needed. */
export interface FastifyLike {
  addHook(name: 'onRequest', hook: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<void>): unknown
  addHook(name: 'onSend', hook: (request: FastifyRequestLike, reply: FastifyReplyLike, payload: unknown) => Promise<unknown>): unknown
}

/** The sign-in as a plugin of Fastify. */
export interface FastifyAuth {
  (instance: FastifyLike): Promise<void>
  /** Answers who is signed in; cookies that a renewed session needs are set when the reply is sent. */
  session(request: FastifyRequestLike, reply: FastifyReplyLike): Promise<WebSession | undefined>
}

/** Puts the sign-in of a web application into Fastify: `app.register(fastify(web))`. */
export function fastify(web: WebAuth): FastifyAuth {
  const asked = new WeakMap<IncomingMessage, RequestSession>()
  const plugin = async (instance: FastifyLike): Promise<void> => {
    instance.addHook('onRequest', async ({ raw }, reply) => {
      const response = await web.handle(requestOf(raw, reply.raw, web.origin))
      if (response === undefined) return
      reply.hijack()
      await writeResponse(response, reply.raw)
    })
    instance.addHook('onSend', async ({ raw }, reply, payload) => {
      for (const [name, value] of asked.get(raw)?.apply(new Response()).headers ?? []) reply.header(name, value)
      return payload
    })
  }
  return Object.assign(plugin, {
    // Without this the hooks would concern only what is registered inside the plugin.
    [Symbol.for('skip-override')]: true,
    async session({ raw }: FastifyRequestLike, reply: FastifyReplyLike) {
      const found = await web.session(requestOf(raw, reply.raw, web.origin))
      asked.set(raw, found)
      return found.session
    },
  })
}
