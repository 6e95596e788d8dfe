import { fileURLToPath } from 'node:url'
import { serve } from '@hono/node-server'
import { createPages } from './pages.ts'

const port = Number(process.env.LATCHKEY_EXAMPLE_SPA_PORT ?? 4701)
const issuer = process.env.LATCHKEY_ISSUER ?? 'http://localhost:4700'
const api = process.env.LATCHKEY_EXAMPLE_API ?? 'http://localhost:4703'
const root = fileURLToPath(new URL('public', import.meta.url))

const server = serve({ fetch: createPages({ issuer, api, root }).fetch, port }, () => {
  console.log(`The example SPA is at http://localhost:${port} and signs in with ${issuer}.`)
})

server.on('error', ({ message }: Error) => {
  console.error(`The example SPA cannot listen on port ${port}: ${message}`)
  process.exitCode = 1
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0))
    if ('closeIdleConnections' in server) server.closeIdleConnections()
  })
}
