import { serve } from '@hono/node-server'
import { createAuthorizationServer, type RunningServer, type Store } from '@latchkey/server'
import { announce, API_SCOPE, CLIENT_ID, CLIENT_SECRET, CODE_LIFETIME, KEEP_ALIVE, REDIRECT_URI, RESOURCE, type ServerSetting, settingOf, TOKEN_LIFETIME, USER } from '../setting.ts'

/** Latchkey as an application composes it: the fetch handler, one login page that signs in whoever comes, and the Node adapter. */
function latchkey(issuer: string, { alg, format }: ServerSetting, store: Store): RunningServer {
  return createAuthorizationServer({
    issuer,
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        grant_types: ['client_credentials', 'authorization_code'],
        redirect_uris: [REDIRECT_URI],
        scope: `openid ${API_SCOPE}`,
        id_token_signed_response_alg: alg,
        policy: { consent: 'never', authorizationCodeLifetime: CODE_LIFETIME, accessTokenLifetime: TOKEN_LIFETIME },
      },
    ],
    resources: [{ resource: RESOURCE, scopes: [API_SCOPE], access_token_format: format }],
    algorithms: [alg],
    store,
    users: { find: (sub) => (sub === USER ? { sub, active: true, claims: {} } : undefined) },
    encryptionKey: 'an encryption key for the benchmark only',
  })
}

async function storeOf({ store }: ServerSetting): Promise<Store> {
  if (store === 'memory') return (await import('@latchkey/server/testing')).memoryStore()
  if (store.startsWith('postgres:')) return (await import('@latchkey/store-postgres')).postgresStore(store)
  return (await import('@latchkey/store-sqlite')).sqliteStore(store)
}

let answer: (http: Request) => Promise<Response> = () => Promise.reject(new Error('not ready'))
const listening = serve({ serverOptions: { keepAliveTimeout: KEEP_ALIVE }, fetch: (http) => answer(http), hostname: '127.0.0.1', port: 0 }, async ({ port }) => {
  const setting = settingOf(process.argv)
  const issuer = `http://127.0.0.1:${port}`
  const server = latchkey(issuer, setting, await storeOf(setting))
  const login = server.page('login', (exchange) => server.interactions.signIn(exchange, { sub: USER, amr: ['pwd'] }))
  await server.ready()
  answer = (http) => (http.url.startsWith('/login', issuer.length) ? login(http) : server.fetch(http))
  announce(port)
})
listening.on('error', (fault) => {
  throw fault
})
