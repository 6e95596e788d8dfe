import { Hono } from 'hono'
import { type CryptoKey, exportJWK, generateKeyPair, type JSONWebKeySet, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'

export const ISSUER = 'https://op.example'
export const AUDIENCE = 'https://api.example.com'
/** The fixed time of these tests, in seconds. */
export const NOW = 1_800_000_000

export interface SigningKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
}

export async function signingKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  return { kid, alg, ...(await generateKeyPair(alg, { extractable: true })) }
}

export const goodClaims = { iss: ISSUER, aud: AUDIENCE, sub: 'alice', client_id: 'spa', jti: 'j1', scope: 'api orders:read', iat: NOW - 10, exp: NOW + 300 }

/** Signs claims as an access token; an undefined claim or header parameter is left out. */
export function sign(key: SigningKey, claims: Readonly<Record<string, unknown>> = {}, header: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const written = JSON.parse(JSON.stringify({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header })) as JWTHeaderParameters
  return new SignJWT(JSON.parse(JSON.stringify({ ...goodClaims, ...claims })) as JWTPayload).setProtectedHeader(written).sign(key.privateKey)
}

export interface TestIssuer {
  readonly fetch: typeof fetch
  /** The paths asked for, in order. */
  readonly asked: string[]
  metadata: Record<string, unknown>
  keys: readonly SigningKey[]
  /** Answers instead of the issuer while it is set. */
  instead: ((path: string) => Response | undefined | Promise<Response | undefined>) | undefined
}

/** An issuer without sockets: its discovery document and its keys. */
export function testIssuer(...keys: SigningKey[]): TestIssuer {
  const app = new Hono()
  const issuer: TestIssuer = {
    asked: [],
    keys,
    metadata: { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` },
    instead: undefined,
    async fetch(input, init) {
      const request = new Request(input, init)
      const { pathname } = new URL(request.url)
      issuer.asked.push(pathname)
      const response = (await issuer.instead?.(pathname)) ?? (await app.fetch(request))
      const location = response.headers.get('location')
      return location !== null && request.redirect === 'follow' ? issuer.fetch(location) : response
    },
  }
  app.get('/.well-known/openid-configuration', (c) => c.json(issuer.metadata))
  app.get('/jwks', async (c) => c.json(await keySet(issuer.keys)))
  return issuer
}

export async function keySet(keys: readonly SigningKey[]): Promise<JSONWebKeySet> {
  return { keys: await Promise.all(keys.map(async ({ kid, alg, publicKey }) => ({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }))) }
}

export function bearer(token: string): Request {
  return new Request('https://api.example.com/me', { headers: { authorization: `Bearer ${token}` } })
}
