import { startTestIssuer, type TestIssuer, type TestIssuerOptions } from '@latchkey/server/testing'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'

const API = 'https://api.example'
const RESOURCES = [{ resource: API, scopes: ['orders:read', 'orders:write'] }]
const REDIRECT = 'http://127.0.0.1:9/callback'
const APP = { client_id: 'app', token_endpoint_auth_method: 'none', redirect_uris: [REDIRECT], grant_types: ['authorization_code', 'refresh_token'], scope: 'openid offline_access orders:read' }
const SERVICE = { client_id: 'service', client_secret: 'the secret of a service, 32 or more', grant_types: ['client_credentials'], scope: 'orders:write' }

const running: TestIssuer[] = []
async function start(options?: TestIssuerOptions): Promise<TestIssuer> {
  const issuer = await startTestIssuer(options)
  running.push(issuer)
  return issuer
}
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (issuer) => issuer.close()))
})

/** A browser that follows redirects within the issuer; answers where it was sent in the end, or the page that it was shown. */
function openBrowser({ url: issuer }: TestIssuer) {
  const jar = new Map<string, string>()
  return async function visit(address: string, init: RequestInit = {}): Promise<{ readonly left?: URL; readonly page?: string; readonly at: string }> {
    const answer = await fetch(address, { ...init, redirect: 'manual', headers: { cookie: [...jar].map((pair) => pair.join('=')).join('; ') } })
    for (const cookie of answer.headers.getSetCookie()) jar.set(cookie.slice(0, cookie.indexOf('=')), cookie.slice(cookie.indexOf('=') + 1).split(';')[0] ?? '')
    const location = answer.headers.get('location')
    if (location === null) return { page: await answer.text(), at: address }
    const next = new URL(location, address)
    return next.origin === issuer ? visit(next.href) : { left: next, at: address }
  }
}

const asks = ({ url }: TestIssuer, more: Record<string, string> = {}) =>
  `${url}/authorize?${new URLSearchParams({ client_id: 'app', response_type: 'code', redirect_uri: REDIRECT, scope: 'openid orders:read', code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256', ...more })}`

async function subOf({ url }: TestIssuer, left: URL | undefined): Promise<unknown> {
  const body = new URLSearchParams({ grant_type: 'authorization_code', client_id: 'app', redirect_uri: REDIRECT, code: left?.searchParams.get('code') ?? '', code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' })
  const { access_token = '' } = await (await fetch(`${url}/token`, { method: 'POST', body })).json()
  return (await jwtVerify(access_token, createRemoteJWKSet(new URL(`${url}/jwks`)), { issuer: url, audience: API })).payload.sub
}

describe('an issuer for tests', () => {
  it('answers tokens for a user and for a client itself, which its published keys verify', async () => {
    const issuer = await start({ clients: [APP, SERVICE], users: [{ sub: 'alice' }, { sub: 'bob' }], resources: RESOURCES })
    const { jwks_uri, issuer: named } = await (await fetch(`${issuer.url}/.well-known/openid-configuration`)).json()
    expect(named).toBe(issuer.url)
    const keys = createRemoteJWKSet(new URL(jwks_uri))
    const claims = async (token: string) => (await jwtVerify(token, keys, { issuer: issuer.url, audience: API, typ: 'at+jwt' })).payload
    expect(await claims(await issuer.tokenFor({ sub: 'bob', scope: 'orders:read' }))).toMatchObject({ sub: 'bob', scope: 'orders:read', client_id: 'app' })
    expect(await claims(await issuer.tokenFor({ client_id: 'service', scope: 'orders:write', resource: API }))).toMatchObject({ sub: 'service', scope: 'orders:write', client_id: 'service' })
  })

  it('says why there is no token', async () => {
    const issuer = await start({ clients: [APP], resources: RESOURCES })
    await expect(issuer.tokenFor({ sub: 'nobody', scope: 'orders:read' })).rejects.toThrow('invalid_grant')
    await expect(issuer.tokenFor({ sub: 'alice', scope: 'orders:write' })).rejects.toThrow('invalid_scope')
    await expect(issuer.tokenFor({ sub: 'alice', client_id: 'other' })).rejects.toThrow('invalid_client')
    expect(issuer.events.map((event) => event.event)).toEqual(['refused', 'refused', 'refused'])
  })

  it('lets nobody ask for such tokens over the network', async () => {
    const issuer = await start({ clients: [APP], resources: RESOURCES })
    const body = new URLSearchParams({ grant_type: 'urn:latchkey:testing', client_id: 'app', sub: 'alice', scope: 'orders:read' })
    const answer = await fetch(`${issuer.url}/token`, { method: 'POST', body })
    expect({ status: answer.status, ...(await answer.json()) }).toMatchObject({ status: 400, error: 'unsupported_grant_type' })
  })

  it('signs in its only user without a page, and tells what it decided', async () => {
    const issuer = await start({ clients: [APP], resources: RESOURCES })
    const { left } = await openBrowser(issuer)(asks(issuer, { state: 's' }))
    expect(Object.fromEntries(left?.searchParams ?? [])).toMatchObject({ state: 's', iss: issuer.url, code: expect.any(String) })
    expect(await subOf(issuer, left)).toBe('alice')
    expect(issuer.events.filter(({ event }) => event === 'issued')).toEqual([expect.objectContaining({ endpoint: 'login', client_id: 'app' }), expect.objectContaining({ endpoint: 'token', grant_type: 'authorization_code', client_id: 'app' })])
  })

  it('signs in whom login_hint names, and asks when it names nobody', async () => {
    const issuer = await start({ clients: [APP], users: [{ sub: 'alice' }, { sub: 'bob' }], resources: RESOURCES })
    expect(await subOf(issuer, (await openBrowser(issuer)(asks(issuer, { login_hint: 'bob' }))).left)).toBe('bob')
    const visit = openBrowser(issuer)
    const { page = '', at } = await visit(asks(issuer, { login_hint: 'eve' }))
    expect([...page.matchAll(/<button name="sub" value="(\w+)">/g)].map(([, sub]) => sub)).toEqual(['alice', 'bob'])
    const fields = new URLSearchParams([...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(([, name = '', value = '']) => [name, value]))
    fields.set('sub', 'alice')
    expect(await subOf(issuer, (await visit(at, { method: 'POST', body: fields })).left)).toBe('alice')
  })

  it('has a client and a user of its own when it is given none', async () => {
    const issuer = await start({ resources: RESOURCES })
    expect(await issuer.tokenFor({ sub: 'alice', scope: 'orders:write' })).toMatch(/^ey/)
  })

  it('is gone once it is closed, and does not start with what cannot stand', async () => {
    const issuer = await start()
    await issuer.close()
    await expect(fetch(issuer.url)).rejects.toThrow()
    await expect(startTestIssuer({ clients: [{ client_id: '' }] })).rejects.toThrow('client_id')
  })
})
