import { serve } from '@hono/node-server'
import { announce, KEEP_ALIVE } from '../setting.ts'

/** As long as the JWT of the token response it stands for. */
const ANSWER = JSON.stringify({ access_token: 'x'.repeat(430), token_type: 'Bearer', expires_in: 3_600, scope: 'api' })
const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' }

/** The limit of whatever answers over this adapter: reads the form, answers a token response that was written beforehand. */
serve(
  {
    serverOptions: { keepAliveTimeout: KEEP_ALIVE },
    fetch: async (http: Request) => {
      await http.text()
      return new Response(ANSWER, { status: 200, headers: HEADERS })
    },
    hostname: '127.0.0.1',
    port: 0,
  },
  ({ port }) => {
    announce(port)
  },
)
