import type { ClientMetadata } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { asking, authorizeUrl, browserFor, codeOf, returned } from './browser.ts'
import { CLIENTS, ISSUER, type Issuer, refused, testIssuer, WEB_SECRET } from './issuer.ts'
import { basic, expectError, isAlive, redeeming, signedIn, tokenRequest, tokensOf } from './tokens.ts'

/** A server with the client `spa` changed. */
const withSpa = (changes: Partial<ClientMetadata>, store?: Issuer['store']) =>
  testIssuer({ clients: CLIENTS.map((client) => (client.client_id === 'spa' ? { ...client, ...changes } : client)), ...(store === undefined ? {} : { store }) })

describe('a client that is switched off', () => {
  it('is told what an unknown one is told', async () => {
    const issuer = testIssuer({ clients: [...CLIENTS, { client_id: 'off', enabled: false, client_secret: WEB_SECRET, redirect_uris: ['https://rp.example/cb'], grant_types: ['authorization_code', 'client_credentials'], scope: 'openid api' }] })
    const url = authorizeUrl(asking({ client_id: 'off', redirect_uri: 'https://rp.example/cb' }))
    const page = await refused(issuer, 'authorize_client_disabled', () => browserFor(issuer).send(url))
    const unknown = await browserFor(issuer).send(url.replace('client_id=off', 'client_id=nobody'))
    const shown = async (answer: Response) => (await answer.text()).replaceAll(answer.headers.get('trace-id') ?? '', '')
    expect([page.status, page.headers.get('location'), await shown(page)]).toEqual([400, null, await shown(unknown)])
    const answer = await refused(issuer, 'client_disabled', () => issuer.fetch(tokenRequest({ grant_type: 'client_credentials' }, basic('off', WEB_SECRET))))
    await expectError(answer, 401, 'invalid_client', { 'www-authenticate': 'Basic realm="client"' })
  })
  it('takes its access tokens along', async () => {
    const before = withSpa({})
    const { access_token } = await signedIn(before)
    expect(await isAlive(before, access_token)).toBe(true)
    expect(await isAlive(withSpa({ enabled: false }, before.store), access_token)).toBe(false)
  })
})

describe('how old a sign-in may be', () => {
  const silent = (changes: Record<string, string> = {}) => authorizeUrl(asking({ prompt: 'none', ...changes }))
  async function expectSilence(issuer: Issuer, rows: readonly (readonly [passed: number, changes: Record<string, string>, ends: string])[]): Promise<void> {
    const browser = browserFor(issuer)
    await codeOf(browser)
    for (const [passed, changes, ends] of rows) {
      issuer.pass(passed)
      expect(Object.keys(returned(await browser.send(silent(changes)))), JSON.stringify([passed, changes])).toContain(ends)
    }
  }
  it('the operator says for a client', async () => {
    await expectSilence(withSpa({ policy: { consent: 'never', signInLifetime: 100 } }), [[100, {}, 'code'], [0, { max_age: '5000' }, 'code'], [0, { max_age: '50' }, 'error'], [1, {}, 'error'], [0, { max_age: '5000' }, 'error']])
  })
  it('the client may say when it registers, and say otherwise in a request', async () => {
    await expectSilence(withSpa({ default_max_age: 100 }), [[100, {}, 'code'], [1, {}, 'error'], [0, { max_age: '200' }, 'code']])
  })
  it('a client that always wants a new sign-in gets one, and a code for it', async () => {
    const issuer = withSpa({ default_max_age: 0 })
    const browser = browserFor(issuer)
    await codeOf(browser)
    issuer.pass(5)
    const tokens = await tokensOf(await issuer.fetch(tokenRequest(redeeming(await codeOf(browser)))))
    expect(JSON.parse(atob((tokens.id_token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')))).toMatchObject({ iss: ISSUER, auth_time: issuer.now() })
  })
})
