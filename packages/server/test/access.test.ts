import { describe, expect, it } from 'vitest'
import { ALICE, asking, askingWeb, authorizeUrl, BOB, browserFor, codeOf, returned } from './browser.ts'
import { askedBy, deviceIssuer, entering, polled } from './devices.ts'
import { ISSUER, type Issuer, refused, testIssuer } from './issuer.ts'
import { expectError, redeeming, refreshing, signedIn, tokenRequest, tokensOf } from './tokens.ts'

/** From now on the user may use these clients only. */
function allow(issuer: Issuer, sub: string, ...clients: readonly string[]): void {
  issuer.accounts.set(sub, { sub, active: true, claims: {}, clients })
}

describe('a user who may use some clients only', () => {
  it('signs in to those, and to no other', async () => {
    const issuer = testIssuer()
    allow(issuer, 'alice', 'spa')
    const browser = browserFor(issuer)
    await codeOf(browser)
    const silent = await refused(issuer, 'user_without_access', () => browser.send(authorizeUrl(askingWeb({ prompt: 'none' }))))
    expect(returned(silent)).toEqual({ error: 'access_denied', error_description: 'You have no access to this application.', state: 'S1', iss: ISSUER })
    const asked = await refused(issuer, 'user_without_access', () => browser.send(authorizeUrl(askingWeb())))
    expect(returned(asked).error).toBe('access_denied')
    await codeOf(browserFor(issuer), askingWeb(), BOB)
  })
  it('is told after the sign-in, never before', async () => {
    const issuer = testIssuer()
    allow(issuer, 'alice')
    const browser = browserFor(issuer)
    const page = await browser.open(authorizeUrl(askingWeb()))
    expect(new URL(page.url).pathname).toBe('/login')
    expect(returned(await browser.submit(page, ALICE.login)).error).toBe('access_denied')
    expect([issuer.refusals().at(-1), issuer.count('authorization'), issuer.count('consent'), issuer.count('interaction')]).toEqual(['user_without_access', 0, 0, 0])
  })
  it('F09 loses what was issued before: a code and a refresh token', async () => {
    const issuer = testIssuer()
    const { refresh_token } = await signedIn(issuer)
    const code = await codeOf(browserFor(issuer), asking())
    allow(issuer, 'alice', 'web')
    await expectError(await refused(issuer, 'account_without_access', () => issuer.fetch(tokenRequest(refreshing(refresh_token)))), 400, 'invalid_grant')
    await expectError(await refused(issuer, 'account_without_access', () => issuer.fetch(tokenRequest(redeeming(code)))), 400, 'invalid_grant')
    allow(issuer, 'alice', 'spa')
    await tokensOf(await issuer.fetch(tokenRequest(refreshing(refresh_token))))
  })
  it('D11 can not let in a device of another client, which is told so', async () => {
    const issuer = deviceIssuer()
    allow(issuer, 'alice', 'spa')
    const { device_code, user_code } = await askedBy(issuer)
    const { browser, page } = await entering(issuer, user_code)
    const answer = await browser.submit(page, { decision: 'allow' })
    expect([answer.status, issuer.refusals().at(-1), issuer.count('authorization')]).toEqual([403, 'user_without_access', 0])
    expect(await polled(issuer, device_code)).toBe('400 access_denied')
  })
})
