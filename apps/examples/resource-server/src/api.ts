import { createVerifier, isVerifyError } from '@latchkey/node'
import { Hono } from 'hono'
import { cors } from 'hono/cors'

/** Where the demo API finds its issuer and its callers. */
export interface ApiOptions {
  readonly issuer: string
  /** The origin of the SPA that may call from a browser. */
  readonly spaOrigin: string
}

/** Creates the demo API: `GET /me` answers who calls, `GET /healthz` that it runs. */
export function createApi({ issuer, spaOrigin }: ApiOptions): Hono {
  const verify = createVerifier({ issuer, audience: 'https://api.example.com' })

  const api = new Hono()
  api.use(cors({ origin: spaOrigin, allowMethods: ['GET'], allowHeaders: ['Authorization'], exposeHeaders: ['WWW-Authenticate'] }))
  api.get('/healthz', (c) => c.json({ status: 'ok' }))
  api.get('/me', async (c) => {
    const { sub, clientId, scope } = await verify(c.req.raw, { scope: 'api' })
    return c.json({ sub, client: clientId, scopes: [...scope], greeting: `Hello ${sub}, you reached the API through ${clientId}.` }, 200, { 'cache-control': 'no-store' })
  })
  api.onError((error, c) => {
    if (isVerifyError(error)) return error.toResponse()
    console.error(error)
    return c.json({ error: 'server_error' }, 500)
  })
  return api
}
