import type { ConfigurationFile } from '../config/schema.ts'
import type { Environment } from '../config/settings.ts'
import { SERVICE_SECRET, WEB_SECRET } from './public-secrets.ts'
import { demoUsers } from './users.ts'

const SCOPE = 'openid profile email address phone offline_access api'
const SPA_PORT = 4_701

/** The demo: two users, an API and a client of each kind, for the server on this port of this machine. */
export function demoConfiguration(port: string | undefined, env: Environment): ConfigurationFile {
  const issuerPort = port !== undefined && /^\d{1,5}$/.test(port) && port !== '0' ? port : '4700'
  const spaPort = examplePort(env)
  return {
    issuer: `http://localhost:${issuerPort}`,
    store: 'sqlite:./data/latchkey.db',
    demo: true,
    clients: [spa(spaPort), web(spaPort + 1), service, tv, cli],
    users: [...demoUsers],
    scopes: [{ name: 'api', description: 'Use the demo API' }],
    registration: { access: 'initial access token', scopes: SCOPE.split(' ') },
    resources: [{ resource: 'https://api.example.com', scopes: ['api'], access_token_format: 'jwt' }],
  }
}

type DemoClient = NonNullable<ConfigurationFile['clients']>[number]

const spa = (port: number): DemoClient => ({
  client_id: 'spa',
  client_name: 'Demo SPA',
  application_type: 'web',
  token_endpoint_auth_method: 'none',
  redirect_uris: [`http://localhost:${port}/callback`],
  post_logout_redirect_uris: [`http://localhost:${port}/`],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  scope: SCOPE,
  allowed_cors_origins: [`http://localhost:${port}`],
})

const web = (port: number): DemoClient => ({
  client_id: 'web',
  client_name: 'Demo web application',
  application_type: 'web',
  token_endpoint_auth_method: 'client_secret_basic',
  client_secret: WEB_SECRET,
  redirect_uris: [`http://localhost:${port}/callback`, `http://localhost:${port}/auth/callback`],
  post_logout_redirect_uris: [`http://localhost:${port}/`],
  grant_types: ['authorization_code', 'implicit', 'refresh_token'],
  response_types: ['code', 'code id_token'],
  scope: SCOPE,
  profile: 'oidc',
  policy: { pkce: 'required' },
})

const service: DemoClient = {
  client_id: 'service',
  client_name: 'Demo service',
  token_endpoint_auth_method: 'client_secret_basic',
  client_secret: SERVICE_SECRET,
  grant_types: ['client_credentials'],
  scope: 'api',
}

const tv: DemoClient = {
  client_id: 'tv',
  client_name: 'Demo TV',
  token_endpoint_auth_method: 'none',
  grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
  scope: SCOPE,
}

const cli: DemoClient = {
  client_id: 'cli',
  client_name: 'Demo command line',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['http://127.0.0.1/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  scope: SCOPE,
}

function examplePort(env: Environment): number {
  const text = env['LATCHKEY_EXAMPLE_SPA_PORT'] || env['LATCHKEY_EXAMPLE_PORT_BASE'] || ''
  return /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_535 ? Number(text) : SPA_PORT
}
