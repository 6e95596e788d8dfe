import { consentKey, find, remove } from '@latchkey/core'
import { StoreUnavailable } from '@latchkey/server'
import { memoryStore } from '@latchkey/server/testing'
import { describe, expect, it } from 'vitest'
import { ALICE, askingWeb, authorizeUrl, BOB, browserFor, codeOf, returned } from './browser.ts'
import { type Issuer, refused, testIssuer } from './issuer.ts'
import { expectError, isAlive, redeemingWeb, refreshing, signedIn, signedInToWeb, tokenRequest, tokensOf, WEB } from './tokens.ts'

const refreshWeb = (issuer: Issuer, refresh_token: string): Promise<Response> => issuer.fetch(tokenRequest(refreshing(refresh_token, { client_id: undefined }), WEB))

/** Takes the consent away and leaves the authorizations, as a restore or an operator's own tool might. */
async function forget({ store }: Issuer): Promise<void> {
  const { consent } = await store.gather({ consent: find('consent', consentKey('web', 'alice')) })
  expect(consent).toBeDefined()
  if (consent !== undefined) await store.commit([remove(consent)])
}

describe('a consent that is withdrawn', () => {
  it('T22 between code and redemption refuses the code, and revokes it', async () => {
    const issuer = testIssuer()
    const code = await codeOf(browserFor(issuer), askingWeb())
    await issuer.consents.withdraw('alice', 'web')
    await expectError(await refused(issuer, 'authorization_revoked', () => issuer.fetch(tokenRequest(redeemingWeb(code), WEB))), 400, 'invalid_grant')
    expect(issuer.count('refresh_token')).toBe(0)
  })
  it('T22 by its row alone refuses the code', async () => {
    const issuer = testIssuer()
    const code = await codeOf(browserFor(issuer), askingWeb())
    await forget(issuer)
    await expectError(await refused(issuer, 'consent_withdrawn', () => issuer.fetch(tokenRequest(redeemingWeb(code), WEB))), 400, 'invalid_grant')
  })
  it('T22 F09 a user who is disabled meanwhile gets nothing either', async () => {
    const issuer = testIssuer()
    const { refresh_token } = await signedInToWeb(issuer)
    const code = await codeOf(browserFor(issuer), askingWeb())
    issuer.accounts.set('alice', { sub: 'alice', active: false, claims: {} })
    await expectError(await refused(issuer, 'account_inactive', () => issuer.fetch(tokenRequest(redeemingWeb(code), WEB))), 400, 'invalid_grant')
    await expectError(await refused(issuer, 'account_inactive', () => refreshWeb(issuer, refresh_token)), 400, 'invalid_grant')
  })
  it('T22 a client that is gone is not authenticated', async () => {
    const store = memoryStore()
    const code = await codeOf(browserFor(testIssuer({ store })), askingWeb())
    const without = testIssuer({ store, clients: [] })
    await expectError(await refused(without, 'client_unknown', () => without.fetch(tokenRequest(redeemingWeb(code), WEB))), 401, 'invalid_client', { 'www-authenticate': 'Basic realm="client"' })
  })
  it('F09 refuses every refresh, ends the access tokens, and asks again', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const first = await signedInToWeb(issuer, {}, browser)
    const second = await signedInToWeb(issuer, {}, browser)
    const bobs = await codeOf(browserFor(issuer), askingWeb({ scope: 'openid offline_access' }), BOB)
    const other = await signedIn(issuer, {}, browser)
    await issuer.consents.withdraw('alice', 'web')
    for (const { access_token, refresh_token } of [first, second]) {
      expect(await isAlive(issuer, access_token)).toBe(false)
      await expectError(await refused(issuer, 'authorization_revoked', () => refreshWeb(issuer, refresh_token)), 400, 'invalid_grant')
    }
    expect(await isAlive(issuer, other.access_token)).toBe(true)
    await tokensOf(await issuer.fetch(tokenRequest(redeemingWeb(bobs), WEB)))
    expect(returned(await browser.send(authorizeUrl(askingWeb({ prompt: 'none' }))))).toMatchObject({ error: 'consent_required' })
    const again = await tokensOf(await issuer.fetch(tokenRequest(redeemingWeb(await codeOf(browser, askingWeb({ scope: 'openid offline_access' }), ALICE)), WEB)))
    await tokensOf(await refreshWeb(issuer, again.refresh_token))
  })
  it('F09 by its row alone refuses the refresh, until the user consents again', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const { refresh_token } = await signedInToWeb(issuer, {}, browser)
    await forget(issuer)
    await expectError(await refused(issuer, 'consent_withdrawn', () => refreshWeb(issuer, refresh_token)), 400, 'invalid_grant')
    await codeOf(browser, askingWeb({ scope: 'openid' }))
    await expectError(await refused(issuer, 'consent_withdrawn', () => refreshWeb(issuer, refresh_token)), 400, 'invalid_grant')
    await codeOf(browser, askingWeb({ scope: 'openid email offline_access api' }))
    await tokensOf(await refreshWeb(issuer, refresh_token))
  })
  it('rejects when the store is away, and can be tried again', async () => {
    const inner = memoryStore()
    let away = 0
    const issuer = testIssuer({ store: { ...inner, commit: (writes) => (away-- > 0 ? Promise.reject(new Error('SQLITE_IOERR')) : inner.commit(writes)) } })
    const { access_token } = await signedInToWeb(issuer)
    away = 1
    await expect(issuer.consents.withdraw('alice', 'web')).rejects.toBeInstanceOf(StoreUnavailable)
    expect(await isAlive(issuer, access_token)).toBe(true)
    await issuer.consents.withdraw('alice', 'web')
    expect(await isAlive(issuer, access_token)).toBe(false)
  })
  it('is no fault for somebody who never consented, nor for a client that nobody knows', async () => {
    const issuer = testIssuer()
    await signedInToWeb(issuer)
    const before = issuer.stored()
    await issuer.consents.withdraw('alice', 'nosuch')
    await issuer.consents.withdraw('bob', 'web')
    expect(issuer.stored()).toBe(before)
  })
})
