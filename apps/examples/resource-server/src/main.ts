import { serve } from '@hono/node-server'
import { createApi } from './api.ts'

const port = Number(process.env.LATCHKEY_EXAMPLE_API_PORT ?? 4703)
const issuer = process.env.LATCHKEY_ISSUER ?? 'http://localhost:4700'
const spaOrigin = process.env.LATCHKEY_EXAMPLE_SPA_ORIGIN ?? 'http://localhost:4701'

const server = serve({ fetch: createApi({ issuer, spaOrigin }).fetch, port }, () => {
  console.log(`The example API listens on http://localhost:${port} and accepts tokens of ${issuer}.`)
})

server.on('error', ({ message }: Error) => {
  console.error(`The example API cannot listen on port ${port}: ${message}`)
  process.exitCode = 1
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => server.close(() => process.exit(0)))
}
