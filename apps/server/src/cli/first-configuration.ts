import type { ConfigurationFile } from '../config/schema.ts'

/** What `latchkey init` makes up. Both are base64url, so that they need no quoting. */
export interface FreshSecrets {
  readonly clientSecret: string
  readonly password: string
}

const SCHEMA = './node_modules/@latchkey/server/config.schema.json'

/** A first configuration in YAML, with a comment on every part. */
export function firstConfigurationYaml({ clientSecret, password }: FreshSecrets, keyFile: string): string {
  return `# yaml-language-server: $schema=${SCHEMA}
# The configuration of a Latchkey server. \`latchkey check\` reads it and says what is wrong with it.

# The URL of this server as clients see it: https, or http on this machine. It is never inferred from a request.
issuer: http://localhost:4700

# Where data is kept: sqlite:PATH, or memory: to forget everything at the end. Paths start at this file.
store: sqlite:./data/latchkey.db

# The key that encrypts private keys in the store. Whoever has it and the store can sign tokens; lose it and they are gone.
encryptionKeyFile: ./${keyFile}

# How the server listens. By https on its own: name certificate and key. Behind a proxy: name it, so that the log shows who your clients are.
# listen:
#   tls: { certificateFile: ./tls.crt, keyFile: ./tls.key }
#   trustedProxies: [10.0.0.0/8]

# How long a browser stays signed in: seconds, or a number with s, m, h or d.
sessionLifetime: 12h

# The applications that may ask for tokens, by the names of RFC 7591.
clients:
  # A web application with a server of its own, which can keep a secret.
  - client_id: web
    client_name: My web application
    token_endpoint_auth_method: client_secret_basic
    client_secret: "${clientSecret}"
    # Where users are sent back to, compared to the letter.
    redirect_uris:
      - http://localhost:3000/callback
    grant_types: [authorization_code, refresh_token]
    response_types: [code]
    scope: openid profile email offline_access api
    # The policy it follows: oauth21 (strict, the default), oidc or legacy. Single settings go under policy.
    profile: oauth21
    policy:
      accessTokenLifetime: 1h

  # An application in the browser, which can not keep a secret: PKCE protects it.
  - client_id: spa
    client_name: My single-page application
    token_endpoint_auth_method: none
    redirect_uris:
      - http://localhost:5173/callback
    grant_types: [authorization_code, refresh_token]
    response_types: [code]
    scope: openid profile email offline_access api
    # The origins whose scripts may call the token endpoint.
    allowed_cors_origins:
      - http://localhost:5173

# Who can sign in. Instead of password, passwordHash takes an argon2id hash ($argon2id$…).
users:
  - sub: user-1 # never changed, never given to anyone else
    username: admin
    password: "${password}"
    claims:
      name: Admin
      email: admin@example.com
      email_verified: true

# Permissions beside the standard ones, with what users read when they are asked.
scopes:
  - name: api
    description: Use the API

# The APIs that access tokens are for. jwt is checked by the API itself, opaque by asking this server.
resources:
  - resource: https://api.example.com
    scopes: [api]
    access_token_format: jwt

# How tokens are signed. Access tokens use the first algorithm, ID Tokens RS256 unless the client says otherwise.
keys:
  algorithms: [ES256, RS256]
`
}

/** The same in JSON, which has no comments; editors show the descriptions of its schema instead. */
export function firstConfigurationJson({ clientSecret, password }: FreshSecrets, keyFile: string): string {
  const scope = 'openid profile email offline_access api'
  const flow = { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], scope }
  const configuration: ConfigurationFile = {
    $schema: SCHEMA,
    issuer: 'http://localhost:4700',
    store: 'sqlite:./data/latchkey.db',
    encryptionKeyFile: `./${keyFile}`,
    sessionLifetime: '12h',
    clients: [
      { client_id: 'web', client_name: 'My web application', token_endpoint_auth_method: 'client_secret_basic', client_secret: clientSecret, redirect_uris: ['http://localhost:3000/callback'], ...flow, profile: 'oauth21' },
      { client_id: 'spa', client_name: 'My single-page application', token_endpoint_auth_method: 'none', redirect_uris: ['http://localhost:5173/callback'], ...flow, allowed_cors_origins: ['http://localhost:5173'] },
    ],
    users: [{ sub: 'user-1', username: 'admin', password, claims: { name: 'Admin', email: 'admin@example.com', email_verified: true } }],
    scopes: [{ name: 'api', description: 'Use the API' }],
    resources: [{ resource: 'https://api.example.com', scopes: ['api'], access_token_format: 'jwt' }],
    keys: { algorithms: ['ES256', 'RS256'] },
  }
  return `${JSON.stringify(configuration, null, 2)}\n`
}
