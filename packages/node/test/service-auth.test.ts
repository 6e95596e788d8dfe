import { describe, expect, it } from 'vitest'
import { clientSecretBasic, createServiceAuth, isAuthError, type ServiceAuthOptions, type TokenCache, type TokenEvent } from '../src/index.ts'
import { ISSUER, NOW } from './test-issuer.ts'

const API = 'https://api.example.com'
const TARGET = { resource: API, scope: 'api' }

/** A world of one issuer and one API, without sockets. */
function setUp(options: Partial<ServiceAuthOptions> = {}) {
  const clock = { now: NOW }
  const tokenRequests: URLSearchParams[] = []
  const apiRequests: { url: string; authorization: string | null; body: string }[] = []
  const events: TokenEvent[] = []
  const world = {
    clock,
    tokenRequests,
    apiRequests,
    events,
    lifetime: 600 as unknown,
    tokenAnswer: undefined as (() => Response | Promise<Response>) | undefined,
    /** Answers API requests; the count starts at 1. */
    apiAnswer: (_count: number, _authorization: string | null): Response => Response.json({ ok: true }),
  }
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const { origin, pathname } = new URL(request.url)
    if (origin === ISSUER && pathname === '/.well-known/openid-configuration') return Response.json({ issuer: ISSUER, token_endpoint: `${ISSUER}/token` })
    if (origin === ISSUER && pathname === '/token') {
      tokenRequests.push(new URLSearchParams(await request.text()))
      if (world.tokenAnswer !== undefined) return world.tokenAnswer()
      return Response.json({ access_token: `token-${tokenRequests.length}`, token_type: 'Bearer', expires_in: world.lifetime })
    }
    apiRequests.push({ url: request.url, authorization: request.headers.get('authorization'), body: await request.text() })
    const response = world.apiAnswer(apiRequests.length, request.headers.get('authorization'))
    const location = response.headers.get('location')
    return location !== null && request.redirect === 'follow' ? fetch(location, { headers: request.headers }) : response
  }
  const make = (more: Partial<ServiceAuthOptions> = {}) =>
    createServiceAuth({ issuer: ISSUER, clientId: 'svc', clientAuth: clientSecretBasic('s'), fetch, now: () => clock.now, onEvent: (event) => events.push(event), ...options, ...more })
  return { ...world, world, make, auth: make() }
}

function memoryCache(): TokenCache & { readonly kept: Map<string, string>; readonly ttls: number[] } {
  const kept = new Map<string, string>()
  const ttls: number[] = []
  return {
    kept,
    ttls,
    get: async (key) => kept.get(key) ?? null,
    set: async (key, text, ttl) => {
      ttls.push(ttl)
      kept.set(key, text)
    },
    delete: async (key) => kept.delete(key),
  }
}

async function thrown(outcome: Promise<unknown>): Promise<unknown> {
  return outcome.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('token()', () => {
  it('asks once, however many wait, and keeps what it got', async () => {
    const { auth, tokenRequests, events } = setUp()
    const orders = auth.for(TARGET)
    const tokens = await Promise.all(Array.from({ length: 20 }, () => orders.token()))
    expect(new Set(tokens.map(({ token }) => token))).toEqual(new Set(['token-1']))
    expect(await auth.for({ scope: 'api', resource: API }).token()).toEqual({ token: 'token-1', type: 'Bearer', expiresAt: NOW + 600, scope: ['api'] })
    expect(tokenRequests.map((form) => Object.fromEntries(form))).toEqual([{ scope: 'api', resource: API, grant_type: 'client_credentials' }])
    expect(events.map(({ type }) => type)).toEqual(['token_requested', 'token_received', 'token_cached'])
    expect(events[1]).toMatchObject({ issuer: ISSUER, clientId: 'svc', ...TARGET, cause: 'absent', expiresAt: NOW + 600 })
    expect(JSON.stringify(events)).not.toContain('token-1')
  })

  it('keeps the tokens of different resources and scopes apart', async () => {
    const { auth, tokenRequests } = setUp()
    const targets = [TARGET, { resource: API }, { scope: 'api' }, {}, { resource: API, scope: 'api write' }, { resource: 'https://other.example', scope: 'api' }]
    const tokens = await Promise.all(targets.map((target) => auth.for(target).token()))
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(6)
    expect(await auth.for({ resource: API, scope: 'write api' }).token()).toEqual(tokens[4])
    expect(tokenRequests).toHaveLength(6)
  })

  it.each([
    [600, 540],
    [100, 50],
    [20, 10],
  ])('with %i seconds to live is renewed after %i', async (lifetime, renewedAfter) => {
    const { auth, clock, world } = setUp()
    world.lifetime = lifetime
    const { token } = auth.for(TARGET)
    await token()
    clock.now += renewedAfter - 1
    expect((await token()).token).toBe('token-1')
    clock.now += 1
    expect((await token()).token).toBe('token-2')
  })

  it('keeps a token without a told end for five minutes', async () => {
    const { auth, clock, world } = setUp()
    world.lifetime = undefined
    const { token } = auth.for(TARGET)
    await token()
    clock.now += 239
    expect((await token()).token).toBe('token-1')
    clock.now += 1
    expect((await token()).token).toBe('token-2')
  })

  it('asks again when the caller insists or needs more time', async () => {
    const { auth, clock, events } = setUp()
    const { token } = auth.for(TARGET)
    await token()
    expect((await token({ forceRefresh: true })).token).toBe('token-2')
    clock.now += 300
    expect((await token({ minTtl: 300 })).token).toBe('token-2')
    expect((await token({ minTtl: 301 })).token).toBe('token-3')
    expect(events.flatMap((event) => (event.type === 'token_requested' ? [event.cause] : []))).toEqual(['absent', 'forced', 'expiring'])
  })

  it('does not remember a failure', async () => {
    const { auth, world, tokenRequests, events } = setUp()
    world.tokenAnswer = () => Response.json({ error: 'invalid_client' }, { status: 401 })
    const { token } = auth.for(TARGET)
    const error = await thrown(token())
    expect(isAuthError(error, 'invalid_client')).toBe(true)
    expect(error).toMatchObject({ phase: 'token', status: 401, oauth: { error: 'invalid_client' } })
    expect(events.at(-1)).toMatchObject({ type: 'token_failed', keptOld: false, error })
    world.tokenAnswer = undefined
    expect((await token()).token).toBe('token-2')
    expect(tokenRequests).toHaveLength(2)
  })

  it('answers the old token while it holds and the issuer is down, and none after that', async () => {
    const { auth, clock, world } = setUp()
    const { token } = auth.for(TARGET)
    await token()
    world.tokenAnswer = () => Promise.reject(new TypeError('fetch failed'))
    clock.now += 590
    expect((await token()).token).toBe('token-1')
    clock.now += 10
    expect(isAuthError(await thrown(token()), 'network_error')).toBe(true)
  })

  it('lets nobody who needs more time join those who are content with the old token', async () => {
    const { auth, clock, world, tokenRequests } = setUp()
    const { token } = auth.for(TARGET)
    await token()
    world.tokenAnswer = () => Promise.reject(new TypeError('fetch failed'))
    clock.now += 590
    const [content, demanding] = await Promise.all([token(), thrown(token({ minTtl: 30 }))])
    expect(content.token).toBe('token-1')
    expect(isAuthError(demanding, 'network_error')).toBe(true)
    expect(tokenRequests).toHaveLength(3)
  })

  it('answers no old token to a client that the issuer no longer knows', async () => {
    const { auth, clock, world } = setUp()
    const { token } = auth.for(TARGET)
    await token()
    world.tokenAnswer = () => Response.json({ error: 'invalid_client' }, { status: 401 })
    clock.now += 590
    expect(isAuthError(await thrown(token()), 'invalid_client')).toBe(true)
  })

  it('lets one caller stop waiting without ending the wait of others', async () => {
    const { auth, world, tokenRequests } = setUp()
    const gate = Promise.withResolvers<undefined>()
    world.tokenAnswer = async () => {
      await gate.promise
      return Response.json({ access_token: 'late', token_type: 'Bearer', expires_in: 600 })
    }
    const { token } = auth.for(TARGET)
    const leaving = new AbortController()
    const first = thrown(token({ signal: leaving.signal }))
    const second = token()
    leaving.abort()
    expect(isAuthError(await first, 'aborted')).toBe(true)
    gate.resolve(undefined)
    expect((await second).token).toBe('late')
    expect(tokenRequests).toHaveLength(1)
  })

  it.each<[string, () => Response]>([
    ['redirects', () => new Response(null, { status: 307, headers: { location: 'https://evil.example/token' } })],
    ['sends another token type', () => Response.json({ access_token: 'x', token_type: 'DPoP', expires_in: 60 })],
    ['sends a negative lifetime', () => Response.json({ access_token: 'x', token_type: 'Bearer', expires_in: -1 })],
    ['sends an endless lifetime', () => new Response('{"access_token":"x","token_type":"Bearer","expires_in":1e309}', { headers: { 'content-type': 'application/json' } })],
    ['sends no token', () => Response.json({ token_type: 'Bearer' })],
    ['sends text', () => new Response('hello')],
    ['never stops talking', () => new Response(new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(65_536).fill(32)) }))],
  ])('throws when the issuer %s', async (_, answer) => {
    const { auth, world, apiRequests } = setUp()
    world.tokenAnswer = answer
    expect(isAuthError(await thrown(auth.for(TARGET).fetch(API)))).toBe(true)
    expect(apiRequests).toEqual([])
  })

  it('is not disturbed by a listener that throws', async () => {
    const { make } = setUp()
    const auth = make({
      onEvent: () => {
        throw new Error('log is full')
      },
    })
    await expect(auth.for(TARGET).token()).resolves.toMatchObject({ token: 'token-1' })
  })
})

describe('a shared cache', () => {
  it('lets several processes use one token, for as long as it lives', async () => {
    const cache = memoryCache()
    const { make, tokenRequests, clock, events } = setUp({ cache })
    await make().for(TARGET).token()
    expect(cache.ttls).toEqual([600])
    expect((await make().for(TARGET).token()).token).toBe('token-1')
    expect(events.at(-1)).toMatchObject({ type: 'token_cached', from: 'cache' })
    expect(tokenRequests).toHaveLength(1)
    clock.now += 540
    expect((await make().for(TARGET).token()).token).toBe('token-2')
  })

  it('never lends a token to another client or issuer, even if the keys collide', async () => {
    const cache = memoryCache()
    const { make, tokenRequests } = setUp({ cache })
    await make().for(TARGET).token()
    const colliding = { ...cache, get: async () => [...cache.kept.values()][0] }
    expect((await make({ clientId: 'other', cache: colliding }).for(TARGET).token()).token).toBe('token-2')
    expect(tokenRequests).toHaveLength(2)
    expect(cache.kept.size).toBe(2)
  })

  it.each(['', 'null', '[]', '{', '{"issuer":"https://op.example","clientId":"svc"}', '{"issuer":"https://op.example","clientId":"svc","renewAt":9e9,"accessToken":{"token":7}}'])('that holds %s is passed over', async (text) => {
    const { make } = setUp({ cache: { ...memoryCache(), get: async () => text } })
    await expect(make().for(TARGET).token()).resolves.toMatchObject({ token: 'token-1' })
  })

  it('that fails or hangs is passed over', async () => {
    const broken = () => Promise.reject(new Error('cache is down'))
    const { make, events } = setUp()
    await expect(make({ cache: { get: broken, set: broken, delete: broken } }).for(TARGET).token()).resolves.toMatchObject({ token: 'token-1' })
    expect(events.flatMap((event) => (event.type === 'cache_failed' ? [event.operation] : []))).toEqual(['get', 'set'])
    const hanging = () => new Promise<never>(() => undefined)
    await expect(make({ cache: { get: hanging, set: broken, delete: broken } }).for(TARGET).token()).resolves.toMatchObject({ token: 'token-2' })
  })
})

describe('fetch()', () => {
  it('sends the token with the request as it was', async () => {
    const { auth, apiRequests } = setUp()
    const response = await auth.for(TARGET).fetch(`${API}/orders`, { method: 'POST', body: 'one', headers: { authorization: 'Basic old' } })
    expect(await response.json()).toEqual({ ok: true })
    expect(apiRequests).toEqual([{ url: `${API}/orders`, authorization: 'Bearer token-1', body: 'one' }])
  })

  it.each<[string, () => [RequestInfo | URL, RequestInit?]]>([
    ['text', () => [API, { method: 'POST', body: 'one' }]],
    ['bytes', () => [API, { method: 'POST', body: new TextEncoder().encode('one') }]],
    ['a Blob', () => [new URL(API), { method: 'POST', body: new Blob(['one']) }]],
    ['a form', () => [API, { method: 'POST', body: new URLSearchParams({ one: '' }) }]],
    ['nothing', () => [new Request(API)]],
  ])('tries once more with another token after a 401: %s', async (_, request) => {
    const { auth, world, apiRequests, tokenRequests, events } = setUp()
    world.apiAnswer = (count) => new Response(null, { status: count === 1 ? 401 : 200 })
    expect((await auth.for(TARGET).fetch(...request())).status).toBe(200)
    expect(apiRequests.map(({ authorization }) => authorization)).toEqual(['Bearer token-1', 'Bearer token-2'])
    expect(apiRequests[1]?.body).toBe(apiRequests[0]?.body)
    expect(tokenRequests).toHaveLength(2)
    expect(events).toContainEqual({ type: 'token_rejected', origin: API, retried: true, issuer: ISSUER, clientId: 'svc', ...TARGET })
  })

  it('tries no third time', async () => {
    const { auth, world, apiRequests, tokenRequests } = setUp()
    world.apiAnswer = () => new Response('no', { status: 401 })
    const response = await auth.for(TARGET).fetch(API)
    expect([response.status, await response.text()]).toEqual([401, 'no'])
    expect([apiRequests.length, tokenRequests.length]).toEqual([2, 2])
  })

  it('asks for one new token when twenty calls are refused at once', async () => {
    const { auth, world, tokenRequests } = setUp()
    world.apiAnswer = (_, authorization) => new Response(null, { status: authorization === 'Bearer token-1' ? 401 : 200 })
    const { fetch } = auth.for(TARGET)
    const responses = await Promise.all(Array.from({ length: 20 }, () => fetch(API)))
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]))
    expect(tokenRequests).toHaveLength(2)
  })

  it('takes the token another process renewed before it asks for its own', async () => {
    const cache = memoryCache()
    const { make, world, tokenRequests } = setUp({ cache })
    const [here, there] = [make().for(TARGET), make().for(TARGET)]
    await here.token()
    expect((await there.token({ forceRefresh: true })).token).toBe('token-2')
    world.apiAnswer = (_, authorization) => new Response(null, { status: authorization === 'Bearer token-2' ? 200 : 401 })
    expect((await here.fetch(API)).status).toBe(200)
    expect(tokenRequests).toHaveLength(2)
  })

  it.each<[string, () => [RequestInfo | URL, RequestInit?]]>([
    ['a stream', () => [API, { method: 'POST', body: new Blob(['one']).stream(), duplex: 'half' } as RequestInit]],
    ['a request with a body', () => [new Request(API, { method: 'POST', body: 'one' })]],
  ])('never sends %s twice, but uses another token next time', async (_, request) => {
    const { make, world, apiRequests } = setUp({ cache: memoryCache() })
    const { fetch } = make().for(TARGET)
    world.apiAnswer = (_count, authorization) => new Response(null, { status: authorization === 'Bearer token-1' ? 401 : 200 })
    expect((await fetch(...request())).status).toBe(401)
    expect(apiRequests).toHaveLength(1)
    expect((await fetch(...request())).status).toBe(200)
    expect(apiRequests.map(({ body }) => body)).toEqual(['one', 'one'])
  })

  it.each([301, 302, 307, 308])('follows no %i', async (status) => {
    const { auth, world, apiRequests } = setUp()
    world.apiAnswer = (count) => (count === 1 ? new Response(null, { status, headers: { location: 'https://evil.example/' } }) : new Response())
    expect((await auth.for(TARGET).fetch(API, { redirect: 'follow' })).status).toBe(status)
    expect(apiRequests).toHaveLength(1)
  })

  it('sends nothing without a token', async () => {
    const { auth, world, apiRequests } = setUp()
    world.tokenAnswer = () => new Response(null, { status: 500 })
    expect(isAuthError(await thrown(auth.for(TARGET).fetch(API)), 'http_error')).toBe(true)
    expect(apiRequests).toEqual([])
  })

  it('sends no token in clear text beyond loopback, unless told to', async () => {
    const { make, apiRequests, tokenRequests } = setUp()
    expect(isAuthError(await thrown(make().for(TARGET).fetch('http://api.example.com')), 'origin_not_allowed')).toBe(true)
    expect([apiRequests.length, tokenRequests.length]).toEqual([0, 0])
    expect((await make().for(TARGET).fetch('http://127.0.0.1:4703')).status).toBe(200)
    expect((await make({ allowInsecureResources: true }).for(TARGET).fetch('http://api.example.com')).status).toBe(200)
  })

  it('stops when its signal does', async () => {
    const { auth, apiRequests } = setUp()
    expect(isAuthError(await thrown(auth.for(TARGET).fetch(API, { signal: AbortSignal.abort() })), 'aborted')).toBe(true)
    expect(apiRequests).toEqual([])
  })
})

describe('options that cannot be right', () => {
  it('throw at once', () => {
    const { make } = setUp()
    expect(() => make({ issuer: 'http://op.example' })).toThrow(expect.objectContaining({ code: 'insecure_issuer' }))
    expect(() => make({ clientId: '' })).toThrow(expect.objectContaining({ code: 'invalid_configuration' }))
    expect(() => make({ clientAuth: undefined as unknown as ServiceAuthOptions['clientAuth'] })).toThrow(expect.objectContaining({ code: 'invalid_configuration' }))
  })
})
