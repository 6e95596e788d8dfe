import { decodeJwt, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { clientSecretBasic, createDpop, createServiceAuth, isAuthError, privateKeyJwt, type ServiceAuthOptions, type TokenEvent } from '../src/index.ts'

const ISSUER = 'https://op.example'
const NOW = 1_800_000_000
type Answer = (request: Request) => Response | Promise<Response>

function setUp(answers: Readonly<Record<string, Answer>> = {}, change: Partial<ServiceAuthOptions> = {}) {
  const asked: Request[] = []
  const events: TokenEvent[] = []
  let serial = 0
  const usual: Readonly<Record<string, Answer>> = {
    [`${ISSUER}/.well-known/openid-configuration`]: () => Response.json({ issuer: ISSUER, token_endpoint: `${ISSUER}/token` }),
    [`${ISSUER}/token`]: () => Response.json({ access_token: `at-${(serial += 1)}`, token_type: 'DPoP', expires_in: 600 }),
  }
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const { origin, pathname } = new URL(request.url)
    if (!pathname.startsWith('/.well-known')) asked.push(request.clone())
    return ({ ...usual, ...answers })[origin + pathname]?.(request) ?? new Response(null, { status: 404 })
  }
  const options = { issuer: ISSUER, clientId: 'svc', clientAuth: clientSecretBasic('secret'), dpop: true, fetch, now: () => NOW, onEvent: (event: TokenEvent) => void events.push(event), ...change }
  return { asked, events, auth: createServiceAuth(options), another: (more: Partial<ServiceAuthOptions> = {}) => createServiceAuth({ ...options, ...more }) }
}
const claimsOf = (request: Request | undefined) => decodeJwt(request?.headers.get('dpop') ?? '')
const wantsNonce = (nonce: string) => new Response(null, { status: 401, headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce", algs="ES256"', 'dpop-nonce': nonce } })
const codeOf = (work: Promise<unknown>) => work.then(() => 'no error', (error: unknown) => (isAuthError(error) ? error.code : error))

describe('a service whose tokens are bound to a key', () => {
  it('proves itself to the issuer and to the resource, for each request anew', async () => {
    const { auth, asked } = setUp({ 'https://api.example/a': () => new Response('a') })
    const api = auth.for({ scope: 'api' })
    for (const url of ['https://api.example/a?x=1', 'https://api.example/a?x=2']) expect(await (await api.fetch(url, { method: 'post' })).text()).toBe('a')
    expect(asked.map(({ headers }) => headers.get('authorization'))).toEqual([expect.stringMatching(/^Basic /), 'DPoP at-1', 'DPoP at-1'])
    expect(asked.map((request) => claimsOf(request)['htu'])).toEqual([`${ISSUER}/token`, 'https://api.example/a', 'https://api.example/a'])
    expect(claimsOf(asked[1])).toMatchObject({ htm: 'POST', ath: expect.any(String) })
    expect(claimsOf(asked[0])).not.toHaveProperty('ath')
    expect(new Set(asked.map((request) => claimsOf(request)['jti'])).size).toBe(3)
  })
  it('remembers the nonce of each origin, and repeats a request once for it', async () => {
    const by = (nonce: string): Answer => (request) => (claimsOf(request)['nonce'] === nonce ? new Response('ok') : wantsNonce(nonce))
    const { auth, asked } = setUp({ 'https://a.example/': by('a1'), 'https://b.example/': by('b1') })
    const api = auth.for()
    for (const url of ['https://a.example/', 'https://b.example/', 'https://a.example/', 'https://b.example/']) expect((await api.fetch(url, { method: 'POST', body: 'x' })).status).toBe(200)
    expect(asked.map((request) => claimsOf(request)['nonce'])).toEqual([undefined, undefined, 'a1', undefined, 'b1', 'a1', 'b1'])
  })
  it('K09 does not go on for ever where every nonce is refused, and takes no token for refused by that', async () => {
    const { auth, asked, events } = setUp({ 'https://api.example/': () => wantsNonce(crypto.randomUUID()) })
    expect((await auth.for().fetch('https://api.example/')).status).toBe(401)
    expect(asked.filter(({ url }) => url === 'https://api.example/').length).toBeLessThanOrEqual(4)
    expect(events.filter(({ type }) => type === 'token_requested').length).toBeLessThanOrEqual(2)
  })
  it('sends no stream twice, and leaves the nonce for the next request', async () => {
    const { auth, asked } = setUp({ 'https://api.example/': (request) => (claimsOf(request)['nonce'] === 'n' ? new Response('ok') : wantsNonce('n')) })
    const api = auth.for()
    const stream = () => ({ method: 'POST', duplex: 'half', body: new ReadableStream({ start: (controller) => { controller.enqueue(new Uint8Array(1)); controller.close() } }) }) as RequestInit
    expect((await api.fetch('https://api.example/', stream())).status).toBe(401)
    expect((await api.fetch('https://api.example/', stream())).status).toBe(200)
    expect(asked.filter(({ url }) => url === 'https://api.example/')).toHaveLength(2)
  })
  it('K09 never comes down to a Bearer token', async () => {
    const { auth, asked } = setUp({ [`${ISSUER}/token`]: () => Response.json({ access_token: 'at', token_type: 'Bearer' }), 'https://api.example/': () => new Response('ok') })
    expect(await codeOf(auth.for().fetch('https://api.example/'))).toBe('token_type_mismatch')
    expect(asked).toHaveLength(1)
  })
  it('shares its tokens with those who have the key, and with nobody else', async () => {
    const kept = new Map<string, string>()
    const cache = { get: async (key: string) => kept.get(key), set: async (key: string, text: string) => kept.set(key, text), delete: async (key: string) => kept.delete(key) }
    const dpop = createDpop({ now: () => NOW })
    const { auth, another, asked } = setUp({}, { cache, dpop })
    await auth.for().token()
    expect((await another().for().token()).token).toBe('at-1')
    expect((await another({ dpop: true }).for().token()).token).toBe('at-2')
    expect(await codeOf(another({ dpop: false }).for().token())).toBe('token_type_mismatch')
    expect(asked).toHaveLength(3)
  })
  it('proves itself by a private key as well', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const { auth, asked } = setUp({}, { clientAuth: privateKeyJwt({ key: privateKey, kid: 'k' }) })
    expect(await auth.for().token()).toMatchObject({ type: 'DPoP' })
    expect(decodeJwt(new URLSearchParams(await asked[0]?.text()).get('client_assertion') ?? '')).toMatchObject({ iss: 'svc', sub: 'svc', aud: ISSUER })
  })
})
