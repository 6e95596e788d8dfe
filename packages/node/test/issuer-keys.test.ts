import { beforeAll, describe, expect, it } from 'vitest'
import { createVerifier, isVerifyError, type VerifierOptions } from '../src/index.ts'
import { AUDIENCE, bearer, ISSUER, keySet, NOW, sign, signingKey, type SigningKey, type TestIssuer, testIssuer } from './test-issuer.ts'

let key: SigningKey
let next: SigningKey

beforeAll(async () => {
  key = await signingKey('k1')
  next = await signingKey('k2')
})

function setUp(options: Partial<VerifierOptions> = {}, issuer: TestIssuer = testIssuer(key)) {
  const clock = { now: NOW }
  const verify = createVerifier({ issuer: ISSUER, audience: AUDIENCE, fetch: issuer.fetch, now: () => clock.now, ...options })
  const outcome = (token: string) =>
    verify(bearer(token)).then(
      () => 'holds',
      (error: unknown) => (isVerifyError(error) ? error.reason : String(error)),
    )
  return { issuer, clock, outcome, jwksFetches: () => issuer.asked.filter((path) => path === '/jwks').length }
}

describe('the keys of an issuer', () => {
  it('are fetched when the first token arrives, once for all who wait', async () => {
    const { issuer, outcome } = setUp()
    expect(issuer.asked).toEqual([])
    const token = await sign(key)
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => outcome(token))))).toEqual(new Set(['holds']))
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/jwks'])
  })

  it('are fetched again at once when a token names a new key', async () => {
    const { issuer, outcome, jwksFetches } = setUp()
    expect(await outcome(await sign(key))).toBe('holds')
    issuer.keys = [key, next]
    const token = await sign(next)
    expect(await Promise.all([outcome(token), outcome(token), outcome(token)])).toEqual(['holds', 'holds', 'holds'])
    expect(jwksFetches()).toBe(2)
  })

  it('are not fetched for each of 1,000 keys nobody knows', async () => {
    const { clock, issuer, outcome, jwksFetches } = setUp()
    const tokens = await Promise.all(Array.from({ length: 1000 }, (_, i) => sign(key, {}, { kid: `unknown-${i}` })))
    const outcomes = new Set<string>()
    for (const token of tokens.slice(0, 500)) outcomes.add(await outcome(token))
    for (const one of await Promise.all(tokens.slice(500).map(outcome))) outcomes.add(one)
    expect(outcomes).toEqual(new Set(['key_unknown']))
    expect(jwksFetches()).toBe(2)

    issuer.keys = [key, next]
    expect(await outcome(await sign(next))).toBe('key_unknown')
    clock.now += 10
    expect(await outcome(await sign(next))).toBe('holds')
    expect(jwksFetches()).toBe(3)
  })

  it('are forgotten when the issuer no longer publishes them', async () => {
    const { clock, issuer, outcome } = setUp({ jwksMaxAge: 60 })
    const token = await sign(key)
    expect(await outcome(token)).toBe('holds')
    issuer.keys = [next]
    clock.now += 59
    expect(await outcome(token)).toBe('holds')
    clock.now += 1
    expect(await outcome(token)).toBe('key_unknown')
  })

  it('outlive an outage of the issuer by an hour, and no longer', async () => {
    const { clock, issuer, outcome } = setUp({ jwksMaxAge: 60 })
    const token = await sign(key, { exp: NOW + 10_000 })
    expect(await outcome(token)).toBe('holds')
    issuer.instead = () => new Response('down', { status: 500 })
    clock.now += 60
    expect(await outcome(token)).toBe('holds')
    clock.now += 3600
    expect(await outcome(token)).toBe('keys_unavailable')
    issuer.instead = undefined
    clock.now += 1
    expect(await outcome(token)).toBe('holds')
  })

  it('are asked for once a second while the issuer is down', async () => {
    const { clock, issuer, outcome } = setUp()
    issuer.instead = () => Promise.reject(new TypeError('fetch failed'))
    const token = await sign(key)
    for (let i = 0; i < 20; i++) expect(await outcome(token)).toBe('keys_unavailable')
    expect(issuer.asked).toHaveLength(1)
    issuer.instead = undefined
    clock.now += 1
    expect(await outcome(token)).toBe('holds')
  })

  it('are found through the other discovery document, or through none', async () => {
    const { issuer, outcome } = setUp()
    issuer.instead = (path) =>
      path === '/.well-known/openid-configuration' ? new Response(null, { status: 404 }) : path === '/.well-known/oauth-authorization-server' ? Response.json(issuer.metadata) : undefined
    expect(await outcome(await sign(key))).toBe('holds')

    const direct = setUp({ jwksUri: `${ISSUER}/jwks` })
    expect(await direct.outcome(await sign(key))).toBe('holds')
    expect(direct.issuer.asked).toEqual(['/jwks'])
  })

  it('of an issuer with a path are looked up where both specifications say', async () => {
    const { issuer, outcome } = setUp({ issuer: `${ISSUER}/t1` })
    issuer.metadata = { issuer: `${ISSUER}/t1`, jwks_uri: `${ISSUER}/jwks` }
    issuer.instead = (path) => (path === '/.well-known/oauth-authorization-server/t1' ? Response.json(issuer.metadata) : undefined)
    expect(await outcome(await sign(key, { iss: `${ISSUER}/t1` }))).toBe('holds')
    expect(issuer.asked).toEqual(['/t1/.well-known/openid-configuration', '/.well-known/oauth-authorization-server/t1', '/jwks'])
  })

  it('are not used when one of them is broken, while the others are', async () => {
    const { issuer, outcome } = setUp()
    issuer.instead = async (path) => (path === '/jwks' ? Response.json({ keys: [{ kty: 'EC', crv: 'P-256', kid: 'k2', alg: 'ES256', x: '!', y: '!' }, ...(await keySet([key])).keys] }) : undefined)
    expect(await outcome(await sign(key))).toBe('holds')
    expect(await outcome(await sign(next))).toBe('keys_unavailable')
  })

  it('are not used when they are private or symmetric', async () => {
    const { issuer, outcome } = setUp()
    issuer.instead = (path) => (path === '/jwks' ? Response.json({ keys: [{ kty: 'oct', kid: 'k1', k: 'AAAA' }] }) : undefined)
    expect(await outcome(await sign(key))).toBe('key_unknown')
  })
})

describe('an issuer that misleads', () => {
  it.each<[string, Record<string, unknown>]>([
    ['another issuer', { issuer: 'https://evil.example' }],
    ['itself with a trailing slash', { issuer: `${ISSUER}/` }],
    ['no issuer', { issuer: undefined }],
    ['no keys', { jwks_uri: undefined }],
    ['keys in clear text', { jwks_uri: 'http://op.example/jwks' }],
    ['keys in a file', { jwks_uri: 'file:///etc/passwd' }],
    ['keys at the credentials service of the cloud', { jwks_uri: 'https://169.254.169.254/latest' }],
    ['keys there in a number', { jwks_uri: 'https://2852039166/latest' }],
    ['keys there in IPv6', { jwks_uri: 'https://[::ffff:169.254.169.254]/latest' }],
    ['keys behind a password', { jwks_uri: 'https://a:b@op.example/jwks' }],
  ])('is not followed when its document names %s', async (_, metadata) => {
    const { issuer, outcome } = setUp()
    issuer.metadata = { ...issuer.metadata, ...metadata }
    expect(await outcome(await sign(key))).toBe('keys_unavailable')
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration'])
  })

  it('says what differs when it is only a slash', async () => {
    const issuer = testIssuer(key)
    issuer.metadata = { ...issuer.metadata, issuer: `${ISSUER}/` }
    const verify = createVerifier({ issuer: ISSUER, audience: AUDIENCE, fetch: issuer.fetch, now: () => NOW })
    await expect(verify(bearer(await sign(key)))).rejects.toMatchObject({ cause: { message: expect.stringContaining('differ only by a trailing slash') as string } })
  })

  it.each<[string, () => Response]>([
    ['redirects', () => new Response(null, { status: 302, headers: { location: 'https://evil.example/jwks' } })],
    ['answers text', () => new Response('hello')],
    ['answers no object', () => Response.json('x')],
    ['answers keys that are no list', () => Response.json({ keys: { kid: 'k1' } })],
    ['never stops talking', () => new Response(new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(65_536).fill(32)) }))],
    ['never says anything', () => new Response(new ReadableStream({ start: () => undefined }))],
  ])('is given up when it %s', async (name, response) => {
    const { issuer, outcome } = setUp({ timeout: name.startsWith('never says') ? 0.05 : 5 })
    issuer.instead = (path) => (path === '/jwks' ? response() : undefined)
    expect(await outcome(await sign(key))).toBe('keys_unavailable')
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/jwks'])
  })
})
