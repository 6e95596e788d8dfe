import { fileURLToPath } from 'node:url'
import { serve } from '@hono/node-server'
import { clientSecretBasic } from '@latchkey/node'
import { createWebApp } from './web-app.ts'

const port = Number(process.env.LATCHKEY_EXAMPLE_WEB_PORT ?? 4702)
const issuer = process.env.LATCHKEY_ISSUER ?? 'http://localhost:4700'
const secret = process.env.LATCHKEY_EXAMPLE_WEB_SECRET ?? 'web-secret-for-the-demo-only-0001'
const baseUrl = process.env.LATCHKEY_EXAMPLE_WEB_URL ?? `http://localhost:${port}`
// The built program has these files beside it; a program run from its sources has them one folder up.
const files = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../public' : '.', import.meta.url))

const server = serve({ fetch: createWebApp({ issuer, clientAuth: clientSecretBasic(secret), baseUrl, files }).fetch, port }, () => {
  console.log(`The example web application is at ${baseUrl} and signs in with ${issuer}.`)
})

server.on('error', ({ message }: Error) => {
  console.error(`The example web application cannot listen on port ${port}: ${message}`)
  process.exitCode = 1
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0))
    if ('closeIdleConnections' in server) server.closeIdleConnections()
  })
}
