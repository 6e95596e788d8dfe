import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  clientSecretBasic, createCliAuth, createDpop, createServiceAuth, createVerifier, createWebAuth, isVerifyError, memorySessionStore, privateKeyJwt, signedRequests, type WebAuthOptions,
} from '../src/index.ts'
import { API, type FullIssuer, startFullIssuer, WEB } from './full-issuer.ts'
import { bearer } from './test-issuer.ts'
import { openBrowser, SECRET } from './web-issuer.ts'

let op: FullIssuer
beforeAll(async () => {
  op = await startFullIssuer()
})
afterAll(() => op.stop())

const signing = () => ({ key: op.clientKey, kid: 'client' })
const webAuth = (change: Partial<WebAuthOptions> = {}) =>
  createWebAuth({ issuer: op.issuer, clientId: 'web', clientAuth: privateKeyJwt(signing()), baseUrl: WEB, extra: { prompt: 'consent' }, session: { secret: SECRET, store: memorySessionStore() }, ...change })

async function signIn(change: Partial<WebAuthOptions> = {}) {
  const web = webAuth(change)
  const browser = openBrowser(web)
  const away = (await browser.send('/auth/login?returnTo=/orders')).headers.get('location') ?? ''
  const { location, form } = await op.authorize(away)
  const back = location === undefined ? await browser.send('/auth/callback', { method: 'POST', body: form ?? null }) : await browser.send(location.slice(WEB.length))
  const { session } = await web.session(browser.request('/'))
  return { web, browser, session, away: new URL(away), arrived: form ?? new URL(location ?? WEB).searchParams, status: back.status, location: back.headers.get('location') }
}

describe('a web application at oidc-provider signs in', () => {
  it.each<[string, Partial<WebAuthOptions>, (parameters: URLSearchParams) => boolean]>([
    ['by code and PKCE', {}, (got) => got.has('code') && got.has('iss')],
    ['by code and ID Token', { responseType: 'code id_token' }, (got) => got.has('code') && got.has('id_token')],
    ['by a posted code', { responseMode: 'form_post' }, (got) => got.has('code')],
    ['with a signed response', { responseMode: 'jwt' }, (got) => got.has('response') && !got.has('code')],
    ['with a signed response that is posted', { responseMode: 'form_post.jwt', responseType: 'code id_token' }, (got) => got.has('response') && !got.has('code')],
    ['for a resource', { resource: API, scope: 'openid offline_access api' }, (got) => got.has('code')],
  ])('%s', async (_, change, isExpected) => {
    const { status, location, session, arrived } = await signIn(change)
    expect({ status, location, sub: session?.sub, isExpected: isExpected(arrived) }).toEqual({ status: 303, location: `${WEB}/orders`, sub: 'alice', isExpected: true })
  })
  it('with a request that was pushed, because the client must', async () => {
    const { session, away } = await signIn({ clientId: 'par', par: 'always' })
    expect([...away.searchParams.keys()]).toEqual(['client_id', 'request_uri'])
    expect(session?.sub).toBe('alice')
  })
  it.each<[string, Partial<WebAuthOptions>, readonly string[]]>([['signed', {}, ['client_id', 'request']], ['signed and pushed', { par: 'always' }, ['client_id', 'request_uri']]])('with a request that is %s', async (_, change, carried) => {
    const { session, away } = await signIn({ ...change, signRequest: signedRequests(signing()) })
    expect([...away.searchParams.keys()].slice(0, 2)).toEqual(carried)
    expect(session?.sub).toBe('alice')
  })
  it('with tokens bound to a key, is renewed with them, and shows them where proofs are verified', async () => {
    const dpop = createDpop()
    const { session } = await signIn({ dpop, resource: API, scope: 'openid offline_access api' })
    const { token, type } = await session?.token({ forceRefresh: true }) ?? {}
    expect(type).toBe('DPoP')
    const verify = createVerifier({ issuer: op.issuer, audience: API, dpop: { required: true } })
    const url = `${API}/me`
    const proof = await dpop.proof({ method: 'GET', url, accessToken: token ?? '' })
    expect(await verify(new Request(url, { headers: { authorization: `DPoP ${token}`, dpop: proof } }), { scope: 'api' })).toMatchObject({ sub: 'alice', clientId: 'web' })
    const stolen: unknown = await verify(bearer(token ?? '')).catch((thrown: unknown) => thrown)
    expect(isVerifyError(stolen) && stolen.reason).toBe('proof_missing')
  })
  it('and is renewed by a refresh token that rotates', async () => {
    const { session } = await signIn()
    const before = await session?.token()
    const after = await session?.token({ forceRefresh: true })
    expect(after?.token).not.toBe(before?.token)
    expect(await session?.userinfo()).toMatchObject({ sub: 'alice', name: 'Alice' })
  })
  it('and signs out, here and there', async () => {
    const { browser } = await signIn()
    const away = (await browser.send('/auth/logout')).headers.get('location') ?? ''
    expect(new URL(away).searchParams.has('id_token_hint')).toBe(true)
    expect(await op.signOut(away)).toBe(`${WEB}/`)
    expect(browser.cookies.size).toBe(0)
  })
  it('and is signed out by the issuer through the back channel', async () => {
    const first = await signIn()
    const answered: number[] = []
    op.deliver = async (request) => {
      const response = await first.web.handle(request) ?? new Response(null, { status: 404 })
      answered.push(response.status)
      return response
    }
    expect(first.session?.claims['sid']).toEqual(expect.any(String))
    await op.signOut(`${op.issuer}/session/end`)
    expect(answered).toEqual([200])
    expect((await first.web.session(first.browser.request('/'))).session).toBeUndefined()
  })
})

describe('a program in a terminal at oidc-provider signs in', () => {
  const cli = () => createCliAuth({ issuer: op.issuer, clientId: 'cli', machine: { platform: 'linux', env: { DISPLAY: ':0' } } })
  it('by a browser, and gives its tokens back', async () => {
    const auth = cli()
    const session = await auth.login({
      extra: { prompt: 'consent' },
      open: async (url) => {
        const { location = '' } = await op.authorize(url)
        await fetch(location)
        return true
      },
    })
    expect(session.claims?.sub).toBe('alice')
    expect((await session.token({ forceRefresh: true })).token).toEqual(expect.any(String))
    await auth.logout()
    expect(await auth.session()).toBeUndefined()
    await expect(session.token({ forceRefresh: true })).rejects.toMatchObject({ code: 'login_required' })
  })
  it('on another device', async () => {
    let approving: Promise<void> | undefined
    const session = await cli().login({ mode: 'device', sleep: async () => approving, onDevice: ({ verificationUriComplete = '' }) => { approving = op.approve(verificationUriComplete) } })
    expect(session.claims?.sub).toBe('alice')
  })
})

describe('a service at oidc-provider', () => {
  const service = (clientId: string, dpop?: boolean) => createServiceAuth({ issuer: op.issuer, clientId, clientAuth: privateKeyJwt(signing()), ...(dpop !== undefined && { dpop }) }).for({ resource: API, scope: 'api' })
  const verify = () => createVerifier({ issuer: op.issuer, audience: API, introspection: { clientId: 'rs', clientAuth: clientSecretBasic('the secret of a resource server, 32+') } })
  it('has an opaque token that is asked about', async () => {
    const { token } = await service('svc').token()
    expect(token.split('.')).toHaveLength(1)
    expect(await verify()(bearer(token), { scope: 'api' })).toMatchObject({ clientId: 'svc', scope: new Set(['api']) })
    const unknown: unknown = await verify()(bearer('unknown')).catch((thrown: unknown) => thrown)
    expect(isVerifyError(unknown) && unknown.reason).toBe('token_inactive')
  })
  it('has a token bound to its key, by way of the nonce that the issuer wants', async () => {
    op.asked.length = 0
    expect(await service('bound', true).token()).toMatchObject({ type: 'DPoP', scope: ['api'] })
    expect(op.asked.filter((path) => path === '/token')).toHaveLength(2)
    await expect(service('bound').token()).rejects.toMatchObject({ phase: 'token' })
  })
})
