import { CLAIMS, CLIENTS, ISSUER, refused, START, testIssuer } from './issuer.ts'
import { ALICE, asking, askingWeb, authorizeUrl, browserFor, codeOf, returned } from './browser.ts'
import { claimsOf, redeeming, redeemingWeb, refreshing, tokenRequest, tokensOf, userinfoRequest, WEB } from './tokens.ts'
import { describe, expect, it } from 'vitest'

const asked = (claims: unknown) => ({ claims: JSON.stringify(claims) })
const userinfoOf = async (issuer: ReturnType<typeof testIssuer>, access_token: string) => (await issuer.fetch(userinfoRequest(access_token))).json()

describe('AUTHZ-10 the claims parameter', () => {
  it('asks for claims one by one, for userinfo or for the ID Token', async () => {
    const issuer = testIssuer()
    const code = await codeOf(browserFor(issuer), asking(asked({ userinfo: { name: null, nickname: { essential: true }, nosuch: null }, id_token: { email: { essential: true, value: 'other@example.com' }, email_verified: null, auth_time: { essential: true } } })))
    const tokens = await tokensOf(await issuer.fetch(tokenRequest(redeeming(code))))
    const claims = claimsOf(tokens.id_token)
    expect([claims.email, claims.email_verified, 'name' in claims, claims.auth_time]).toEqual([CLAIMS.email, true, false, START])
    expect(await userinfoOf(issuer, tokens.access_token)).toEqual({ sub: 'alice', name: CLAIMS.name })
  })
  it('keeps on refresh', async () => {
    const issuer = testIssuer()
    const code = await codeOf(browserFor(issuer), asking({ scope: 'openid offline_access', ...asked({ userinfo: { email: null }, id_token: { name: null } }) }))
    const first = await tokensOf(await issuer.fetch(tokenRequest(redeeming(code))))
    const next = await tokensOf(await issuer.fetch(tokenRequest(refreshing(first.refresh_token))))
    expect(claimsOf(next.id_token).name).toBe(CLAIMS.name)
    expect(await userinfoOf(issuer, next.access_token)).toEqual({ sub: 'alice', email: CLAIMS.email })
  })
  it('never gives a client what its scope could not', async () => {
    const issuer = testIssuer({ clients: CLIENTS.map((client) => (client.client_id === 'spa' ? { ...client, scope: 'openid email' } : client)) })
    const tokens = await tokensOf(await issuer.fetch(tokenRequest(redeeming(await codeOf(browserFor(issuer), asking(asked({ userinfo: { name: null, email: null }, id_token: { name: null } })))))))
    expect(await userinfoOf(issuer, tokens.access_token)).toEqual({ sub: 'alice', email: CLAIMS.email })
    expect(claimsOf(tokens.id_token)).not.toHaveProperty('name')
  })
  it('AUTHZ-14 is asked of the user, and remembered', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const wanting = asked({ userinfo: { email: null } })
    await codeOf(browser, askingWeb())
    await refused(issuer, 'consent_required', () => browser.send(authorizeUrl(askingWeb({ prompt: 'none', ...wanting }))))
    await codeOf(browser, askingWeb(wanting))
    const code = returned(await browser.send(authorizeUrl(askingWeb({ prompt: 'none', ...wanting })))).code ?? ''
    const tokens = await tokensOf(await issuer.fetch(tokenRequest(redeemingWeb(code), WEB)))
    expect(await userinfoOf(issuer, tokens.access_token)).toEqual({ sub: 'alice', email: CLAIMS.email })
    await refused(issuer, 'consent_required', () => browser.send(authorizeUrl(askingWeb({ prompt: 'none', ...asked({ userinfo: { email: null, phone_number: null } }) }))))
    await codeOf(browser, askingWeb({ scope: 'openid phone' }))
    expect(returned(await browser.send(authorizeUrl(askingWeb({ prompt: 'none', ...asked({ userinfo: { phone_number: null } }) }))))).toHaveProperty('code')
  })
  it('names the one user whom the client wants', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    await codeOf(browser)
    const wanting = (sub: string) => authorizeUrl(asking({ prompt: 'none', ...asked({ id_token: { sub: { value: sub } } }) }))
    expect(returned(await browser.send(wanting('alice')))).toHaveProperty('code')
    await refused(issuer, 'login_required', () => browser.send(wanting('bob')))
    const other = await browserFor(issuer).authorize(asking(asked({ id_token: { sub: { value: 'bob' } } })), ALICE)
    expect(returned(other).error).toBe('login_required')
  })
  it.each([
    ['A18 names of object prototypes', '{"userinfo":{"__proto__":{"essential":true},"constructor":{"prototype":{"x":1}}}}'],
    ['no JSON', '{'],
    ['no object', '[]'],
    ['null', 'null'],
    ['a list of claims', '{"userinfo":["name"]}'],
    ['a claim asked with a text', '{"id_token":{"name":"yes"}}'],
    ['essential as a text', '{"id_token":{"name":{"essential":"yes"}}}'],
    ['values that are no list', '{"id_token":{"acr":{"values":"1"}}}'],
  ])('is refused with %s', async (_, claims) => {
    const issuer = testIssuer()
    const answer = await refused(issuer, 'claims_malformed', () => browserFor(issuer).send(authorizeUrl(asking({ claims }))))
    expect(returned(answer)).toMatchObject({ error: 'invalid_request', state: 'S1', iss: ISSUER })
    expect(({} as Record<string, unknown>).essential).toBeUndefined()
  })
  it('A18 is refused when it is longer than 8,192 characters', async () => {
    const issuer = testIssuer()
    await refused(issuer, 'parameter_too_long', () => browserFor(issuer).send(authorizeUrl(asking({ claims: `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}` }))))
  })
  it('is refused when it names two users', async () => {
    const issuer = testIssuer()
    await refused(issuer, 'claims_contradictory', () => browserFor(issuer).send(authorizeUrl(asking(asked({ id_token: { sub: { value: 'alice' } }, userinfo: { sub: { value: 'bob' } } })))))
  })
})

describe('AUTHZ-9 acr', () => {
  const acrIssuer = () => testIssuer({ acrValues: ['1', '2'] })
  const weak = { login: { username: 'alice', acr: '1' }, consent: { decision: 'allow' } }
  const strong = { login: { username: 'alice', acr: '2' }, consent: { decision: 'allow' } }
  const insisting = (...values: readonly string[]) => asked({ id_token: { acr: { essential: true, values } } })
  const acrOf = async (issuer: ReturnType<typeof testIssuer>, code = '') => claimsOf((await tokensOf(await issuer.fetch(tokenRequest(redeeming(code))))).id_token).acr

  it('is what was reached, in the words of the client', async () => {
    const issuer = acrIssuer()
    const browser = browserFor(issuer)
    expect(await acrOf(issuer, await codeOf(browser, asking({ acr_values: '1' }), strong))).toBe('1')
    expect(await acrOf(issuer, await codeOf(browser, asking({ acr_values: '2 1' })))).toBe('2')
    expect(await acrOf(issuer, await codeOf(browser, asking({ acr_values: 'urn:nosuch' })))).toBe('2')
    expect(await acrOf(issuer, await codeOf(browser))).toBe('2')
  })
  it('that is better than the session is asked for once, and not insisted on', async () => {
    const issuer = acrIssuer()
    const browser = browserFor(issuer)
    await codeOf(browser, asking(), weak)
    expect((await browser.open(authorizeUrl(asking({ acr_values: '2' })))).url).toMatch(/\/login\?/)
    expect(await acrOf(issuer, await codeOf(browser, asking({ acr_values: '2' }), weak))).toBe('1')
    expect(await acrOf(issuer, returned(await browser.send(authorizeUrl(asking({ acr_values: '2', prompt: 'none' })))).code)).toBe('1')
    expect(await acrOf(issuer, await codeOf(browser, asking({ acr_values: '2' }), strong))).toBe('2')
  })
  it('that is essential is reached by signing in again, or refused', async () => {
    const issuer = acrIssuer()
    const browser = browserFor(issuer)
    await codeOf(browser, asking(), weak)
    await refused(issuer, 'login_required', () => browser.send(authorizeUrl(asking({ prompt: 'none', ...insisting('2') }))))
    const failed = await browser.authorize(asking(insisting('2')), weak)
    expect(returned(failed)).toMatchObject({ error: 'unmet_authentication_requirements', state: 'S1', iss: ISSUER })
    expect(await acrOf(issuer, await codeOf(browser, asking(insisting('2')), strong))).toBe('2')
    expect(await acrOf(issuer, await codeOf(browser, asking({ prompt: 'none', ...insisting('1') })))).toBe('1')
  })
  it('that is essential and unknown here is refused at once, for it would be a false claim', async () => {
    for (const issuer of [acrIssuer(), testIssuer()]) {
      const answer = await refused(issuer, 'acr_unreachable', () => browserFor(issuer).send(authorizeUrl(asking(insisting('urn:nosuch')))))
      expect(returned(answer).error).toBe('unmet_authentication_requirements')
    }
  })
  it('may be registered', async () => {
    const issuer = testIssuer({ acrValues: ['1', '2'], clients: CLIENTS.map((client) => (client.client_id === 'spa' ? { ...client, default_acr_values: ['2'] } : client)) })
    const browser = browserFor(issuer)
    await codeOf(browser, asking(), weak)
    expect((await browser.open(authorizeUrl(asking()))).url).toMatch(/\/login\?/)
    expect((await browser.open(authorizeUrl(asking({ acr_values: '1' })))).url).toMatch(/^https:\/\/as\.example\/authorize/)
  })
  it('DISC-3 is announced where there is any', async () => {
    const metadata = async (issuer: ReturnType<typeof testIssuer>) => (await issuer.fetch(new Request(`${ISSUER}/.well-known/openid-configuration`))).json() as Promise<Record<string, unknown>>
    expect((await metadata(acrIssuer())).acr_values_supported).toEqual(['1', '2'])
    expect(await metadata(testIssuer())).not.toHaveProperty('acr_values_supported')
  })
})

describe('AUTHZ-8 hints for the pages', () => {
  it('are accepted, whatever they name', async () => {
    const issuer = testIssuer()
    const parameters = asking({ display: 'wap', ui_locales: 'se', claims_locales: 'se', login_hint: 'alice', acr_values: ' ' })
    await codeOf(browserFor(issuer), parameters)
  })
  it('prompt=create opens the page for a new account, where there is one', async () => {
    const offering = testIssuer({ interaction: { path: (question) => `/${question}`, offersRegistration: true } })
    expect((await browserFor(offering).send(authorizeUrl(asking({ prompt: 'create' })))).headers.get('location')).toMatch(/^https:\/\/as\.example\/create\?interaction=/)
    expect((await browserFor(testIssuer()).send(authorizeUrl(asking({ prompt: 'create' })))).headers.get('location')).toMatch(/\/login\?/)
    const prompts = async (issuer: ReturnType<typeof testIssuer>) => ((await (await issuer.fetch(new Request(`${ISSUER}/.well-known/openid-configuration`))).json()) as Record<string, unknown>).prompt_values_supported
    expect(await prompts(offering)).toEqual(['none', 'login', 'consent', 'select_account', 'create'])
    expect(await prompts(testIssuer())).toEqual(['none', 'login', 'consent', 'select_account'])
  })
})
