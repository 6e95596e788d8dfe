import type { RefusalKey } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { browserFor, pageOf } from './browser.ts'
import { conflictBlind } from './conflict-blind.ts'
import { askedBy, deviceIssuer, deviceRequest, entering, polled, pollRequest, visiting } from './devices.ts'
import { ISSUER, type Issuer, refused } from './issuer.ts'
import { basic, BASIC_CHALLENGE, claimsOf, expectError, isAlive, refreshing, tokenRequest, tokensOf, WEB } from './tokens.ts'

describe('D, a device that asks', () => {
  it('is given its two codes, and neither is stored', async () => {
    const issuer = deviceIssuer()
    const asked = await askedBy(issuer)
    const spelled = expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/) as string
    expect(asked).toEqual({ device_code: expect.stringMatching(/^[\w-]{43}$/) as string, user_code: spelled, verification_uri: `${ISSUER}/device`, verification_uri_complete: `${ISSUER}/device?user_code=${asked.user_code}`, expires_in: 600, interval: 5 })
    for (const secret of [asked.device_code, asked.user_code, asked.user_code.replace('-', '')]) expect(issuer.stored() + JSON.stringify(issuer.events)).not.toContain(secret)
    expect([issuer.count('device_authorization'), issuer.count('user_code'), issuer.events.at(-1)]).toEqual([1, 1, expect.objectContaining({ endpoint: 'device_authorization', client_id: 'tv', issued: ['device_code'] })])
  })
  it('D01 must be who it says, and may only with the grant', async () => {
    const issuer = deviceIssuer()
    await expectError(await refused(issuer, 'client_authentication_method_mismatch', () => issuer.fetch(deviceRequest({ client_id: 'box' }))), 401, 'invalid_client')
    await expectError(await refused(issuer, 'client_secret_wrong', () => issuer.fetch(deviceRequest({}, basic('box', 'wrong')))), 401, 'invalid_client', BASIC_CHALLENGE)
    await expectError(await refused(issuer, 'grant_type_not_allowed', () => issuer.fetch(deviceRequest({}, WEB))), 400, 'unauthorized_client')
    await expectError(await refused(issuer, 'scope_not_allowed', () => issuer.fetch(deviceRequest({ client_id: 'tv', scope: 'email' }))), 400, 'invalid_scope')
    expect((await issuer.fetch(new Request(`${ISSUER}/device_authorization?client_id=tv`))).status).toBe(405)
  })
  it('is named in plain characters', async () => {
    const issuer = deviceIssuer()
    await issuer.fetch(deviceRequest({ client_id: 'tv' }, { 'user-agent': `\u00e9<b>TV${'x'.repeat(500)}` }))
    expect(issuer.stored()).toContain(`"seen":"<b>TV${'x'.repeat(115)}"`)
  })
})

describe('D, a device that polls', () => {
  it('gets tokens once the user allows it, and once only', async () => {
    const issuer = deviceIssuer()
    const { device_code, user_code } = await askedBy(issuer)
    expect(await polled(issuer, device_code)).toBe('400 authorization_pending')
    const { browser, page } = await entering(issuer, user_code.toLowerCase())
    expect(await (await browser.submit(page, { decision: 'allow' })).text()).toBe('decided: allow')
    issuer.pass(5)
    const tokens = await tokensOf(await issuer.fetch(pollRequest(device_code)))
    expect([tokens.scope, claimsOf(tokens.id_token).sub, await isAlive(issuer, tokens.access_token)]).toEqual([expect.stringContaining('api'), 'alice', true])
    await tokensOf(await issuer.fetch(tokenRequest(refreshing(tokens.refresh_token, { client_id: 'tv' }))))
    await expectError(await refused(issuer, 'device_code_redeemed', () => issuer.fetch(pollRequest(device_code))), 400, 'invalid_grant')
    expect(await isAlive(issuer, tokens.access_token)).toBe(true)
  })
  it('D02 is slowed down by five seconds each time it comes too soon, and recovers', async () => {
    const issuer = deviceIssuer()
    const { device_code } = await askedBy(issuer)
    const told: string[] = []
    for (const pause of [0, 1, 1, 1, 19, 25, 24, 30]) {
      issuer.pass(pause)
      told.push(await polled(issuer, device_code))
    }
    const [slow, pending] = ['400 slow_down', '400 authorization_pending']
    expect(told).toEqual([pending, slow, slow, slow, slow, pending, slow, pending])
  })
  it('D03 is told of denial, of its end, and that it has been served', async () => {
    const issuer = deviceIssuer()
    const denied = await askedBy(issuer)
    const { browser, page } = await entering(issuer, denied.user_code)
    expect(await (await browser.submit(page, { decision: 'deny' })).text()).toBe('decided: deny')
    await expectError(await refused(issuer, 'device_denied', () => issuer.fetch(pollRequest(denied.device_code))), 400, 'access_denied')
    const forgotten = await askedBy(issuer)
    issuer.pass(600)
    await expectError(await refused(issuer, 'device_code_expired', () => issuer.fetch(pollRequest(forgotten.device_code))), 400, 'expired_token')
    await expectError(await refused(issuer, 'device_code_unknown', () => issuer.fetch(pollRequest(forgotten.user_code))), 400, 'invalid_grant')
  })
  it('D05 is not harmed by another client that has its code', async () => {
    const issuer = deviceIssuer()
    const { device_code, user_code } = await askedBy(issuer)
    const steal = async () => expectError(await refused(issuer, 'device_code_of_another_client', () => issuer.fetch(pollRequest(device_code, 'rogue'))), 400, 'invalid_grant')
    await steal()
    const { browser, page } = await entering(issuer, user_code)
    await browser.submit(page, { decision: 'allow' })
    await steal()
    expect(await polled(issuer, device_code)).toBe('issued')
  })
})

async function approvalRace(issuer: Issuer): Promise<{ answers: readonly Response[]; deciding: string }> {
  const { device_code, user_code } = await askedBy(issuer)
  const { browser, page } = await entering(issuer, user_code)
  const poll = () => issuer.fetch(pollRequest(device_code))
  const [before, decided] = await Promise.all([Promise.all(Array.from({ length: 25 }, poll)), browser.submit(page, { decision: 'allow' })])
  issuer.pass(600 - 1)
  const after = await Promise.all(Array.from({ length: 50 }, poll))
  return { answers: [...before, ...after], deciding: await decided.text() }
}
const statusesOf = (answers: readonly Response[]) => [...new Set(answers.map(({ status }) => status))].sort()

describe('D04 polls that come all at once', () => {
  it('at the moment of approval: one wins and its tokens live, and nobody is turned away', async () => {
    for (let round = 0; round < 20; round++) {
      const issuer = deviceIssuer()
      const { answers, deciding } = await approvalRace(issuer)
      const won = answers.filter(({ status }) => status === 200)
      expect([deciding, won.length, statusesOf(answers)]).toEqual(['decided: allow', 1, [200, 400]])
      const tokens = await tokensOf(won[0] ?? new Response())
      expect(await isAlive(issuer, tokens.access_token)).toBe(true)
      await tokensOf(await issuer.fetch(tokenRequest(refreshing(tokens.refresh_token, { client_id: 'tv' }))))
    }
  })
  it('would be noticed: a store without conflicts has more than one winner', async () => {
    for (let round = 0; round < 20; round++) {
      const { answers } = await approvalRace(deviceIssuer({ store: conflictBlind() }))
      expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(1)
    }
  })
  it('before anybody decides: none waits for the others', async () => {
    const issuer = deviceIssuer()
    const { device_code } = await askedBy(issuer)
    const answers = await Promise.all(Array.from({ length: 50 }, () => polled(issuer, device_code)))
    expect([answers.filter((answer) => answer === '400 authorization_pending').length, new Set(answers)]).toEqual([1, new Set(['400 authorization_pending', '400 slow_down'])])
  })
})

async function expectPage(issuer: Issuer, key: RefusalKey, status: number, act: () => Promise<Response>): Promise<void> {
  const answer = await refused(issuer, key, act)
  expect([answer.status, answer.headers.get('location'), answer.headers.get('content-type')]).toEqual([status, null, 'text/html; charset=utf-8'])
}

describe('D, the page where a device is let in', () => {
  it('signs the user in before it takes a code', async () => {
    const issuer = deviceIssuer()
    const page = await browserFor(issuer).open(`${ISSUER}/device`)
    expect(page.url).toMatch(/\/login\?interaction=[\w-]{43}$/)
    expect((await visiting(issuer)).page.url).toMatch(/\/device\?interaction=[\w-]{43}$/)
  })
  it('D07 reads a code as people write it, and no look-alikes', async () => {
    const issuer = deviceIssuer()
    const { user_code } = await askedBy(issuer)
    const { browser, page } = await visiting(issuer)
    const plain = user_code.replace('-', '')
    const wide = [...plain].map((letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)).join('')
    for (const text of [wide, `${plain.slice(0, 7)}0`, `${plain.slice(0, 7)}O`]) expect((await browser.submit(page, { user_code: text })).status).toBe(400)
    for (const text of [user_code.toLowerCase(), plain, `${plain.slice(0, 4)} ${plain.slice(4)}`]) expect((await browser.submit(page, { user_code: text })).status).toBe(303)
  })
  it('D06 takes nine wrong codes of an account, and troubles nobody else', async () => {
    const issuer = deviceIssuer()
    const { user_code } = await askedBy(issuer)
    const mallory = await visiting(issuer, 'bob')
    for (let guess = 0; guess < 9; guess++) expect((await mallory.browser.submit(mallory.page, { user_code: 'BBBB-BBBB' })).status).toBe(400)
    const again = await visiting(issuer, 'bob')
    for (const [{ browser, page }, text] of [[mallory, 'BBBB-BBBB'], [mallory, user_code], [again, user_code]] as const) await expectPage(issuer, 'user_code_attempts', 429, () => browser.submit(page, { user_code: text }))
    issuer.pass(100)
    expect((await mallory.browser.submit(mallory.page, { user_code })).headers.get('retry-after')).toBe('500')
    const alice = await visiting(issuer)
    expect((await alice.browser.submit(alice.page, { user_code })).status).toBe(303)
    issuer.pass(600)
    const next = await askedBy(issuer)
    expect((await mallory.browser.submit(mallory.page, { user_code: next.user_code })).status).toBe(303)
  })
  it('D06 guesses that are sent at once count too', async () => {
    const issuer = deviceIssuer()
    const { user_code } = await askedBy(issuer)
    const { browser, page } = await visiting(issuer, 'bob')
    const guesses = [...Array.from({ length: 49 }, () => 'BBBB-BBBB'), user_code]
    const answers = await Promise.all(guesses.map((text) => browser.submit(page, { user_code: text })))
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(9)
    expect(answers.at(-1)?.status).not.toBe(303)
  })
  it('D08 lets nobody decide in another browser', async () => {
    const issuer = deviceIssuer()
    const { device_code, user_code } = await askedBy(issuer)
    const [alice, mallory] = [await entering(issuer, user_code), await visiting(issuer, 'bob')]
    const strange = browserFor(issuer)
    for (const decision of ['allow', 'deny']) {
      await expectPage(issuer, 'device_entered_elsewhere', 403, () => mallory.browser.submit(alice.page, { decision }))
      await expectPage(issuer, 'device_entered_elsewhere', 403, () => mallory.browser.submit(mallory.page, { decision }))
      await expectPage(issuer, 'device_entered_elsewhere', 403, () => strange.submit(alice.page, { decision }))
    }
    expect(await polled(issuer, device_code)).toBe('400 authorization_pending')
    await alice.browser.submit(alice.page, { decision: 'allow' })
    issuer.pass(5)
    expect(await polled(issuer, device_code)).toBe('issued')
  })
  it('D08 only the browser that entered the code last decides', async () => {
    const issuer = deviceIssuer()
    const { user_code } = await askedBy(issuer)
    const first = await entering(issuer, user_code)
    const second = await entering(issuer, user_code, 'bob')
    await expectPage(issuer, 'device_entered_elsewhere', 403, () => first.browser.submit(first.page, { decision: 'allow' }))
    expect(await (await second.browser.submit(second.page, { decision: 'allow' })).text()).toBe('decided: allow')
  })
  it('D08 asks again who has signed in with the browser since', async () => {
    const issuer = deviceIssuer()
    const { device_code, user_code } = await askedBy(issuer)
    const { browser, page } = await entering(issuer, user_code)
    await browser.submit({ ...page, url: page.url.replace('/device?', '/login?') }, { username: 'bob' })
    const answer = await browser.submit(page, { decision: 'allow' })
    expect([answer.status, answer.headers.get('location'), await polled(issuer, device_code)]).toEqual([303, page.url, '400 authorization_pending'])
    const asked = await browser.open(page.url)
    expect(asked.text).toContain('asks bob for')
    await browser.submit(asked, { decision: 'allow' })
    issuer.pass(5)
    expect(claimsOf((await tokensOf(await issuer.fetch(pollRequest(device_code)))).id_token).sub).toBe('bob')
  })
  it('D09 nothing is approved by a form of another site, nor by any GET', async () => {
    const issuer = deviceIssuer()
    const { device_code, user_code, verification_uri_complete } = await askedBy(issuer)
    const { browser, page } = await entering(issuer, user_code)
    for (const site of ['cross-site', 'same-site']) await expectPage(issuer, 'interaction_forged', 403, () => browser.submit(page, { decision: 'allow' }, { 'sec-fetch-site': site }))
    await expectPage(issuer, 'interaction_forged', 403, () => browser.submit(page, { decision: 'allow', csrf: 'x'.repeat(43) }))
    await expectPage(issuer, 'interaction_forged', 403, () => browser.submit(page, { user_code, csrf: '' }))
    for (const url of [verification_uri_complete, `${verification_uri_complete}&decision=allow`, `${page.url}&decision=allow&csrf=${page.fields.csrf}`]) expect((await browser.open(url)).answer.status).toBe(200)
    expect(await polled(issuer, device_code)).toBe('400 authorization_pending')
  })
  it('D09 D10 shows the code of the address and takes it only when it is sent; then who asks, from what, and for what', async () => {
    const issuer = deviceIssuer()
    const { user_code, verification_uri_complete } = await askedBy(issuer, { client_id: 'tv', scope: 'openid api' })
    const { browser } = await visiting(issuer)
    const arrived = await browser.open(verification_uri_complete)
    expect(arrived.text).toContain(`type the code, perhaps ${user_code}`)
    const confirmation = await browser.open(String((await browser.submit(arrived, { user_code })).headers.get('location')))
    expect(confirmation.text).toContain('TV &lt;App&gt; on TV/1.0 (Living Room) asks alice for openid api')
    expect([confirmation.answer.headers.get('x-frame-options'), confirmation.answer.headers.get('content-security-policy')]).toEqual(['DENY', expect.stringContaining("frame-ancestors 'none'")])
  })
  it('a double click comes to the same, and a decision is final', async () => {
    const issuer = deviceIssuer()
    const { user_code } = await askedBy(issuer)
    const { browser, page } = await entering(issuer, user_code)
    const answers = await Promise.all(Array.from({ length: 5 }, async () => (await browser.submit(page, { decision: 'allow' })).text()))
    expect([new Set(answers), issuer.count('authorization'), issuer.count('consent')]).toEqual([new Set(['decided: allow']), 1, 1])
    await expectPage(issuer, 'device_not_waiting', 400, () => browser.submit(page, { decision: 'deny' }))
  })
  it('a device whose time is over, or whose client is gone', async () => {
    const issuer = deviceIssuer()
    const { user_code } = await askedBy(issuer)
    const { browser, page } = await entering(issuer, user_code)
    const without = deviceIssuer({ store: issuer.store, clients: [] })
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    await expectPage(without, 'device_not_waiting', 400, () => without.send(new Request(page.url, { method: 'POST', body: new URLSearchParams({ ...page.fields, decision: 'allow' }), headers: { cookie } })))
    issuer.pass(600)
    await expectPage(issuer, 'device_not_waiting', 400, () => browser.submit(page, { decision: 'allow' }))
    expect((await browser.open(page.url)).text).toContain('type the code')
  })
  it('a visit that never began, and one of another kind', async () => {
    const issuer = deviceIssuer()
    const { browser } = await visiting(issuer)
    await expectPage(issuer, 'interaction_unknown', 400, () => browser.send(`${ISSUER}/device?interaction=nosuch`))
    await expectPage(issuer, 'interaction_unknown', 400, () => browser.send(`${ISSUER}/device`, { method: 'POST', body: new URLSearchParams({ user_code: 'BBBB-BBBB' }) }))
    const { text } = await pageOf('', await browser.send(`${ISSUER}/device?user_code=${'%22'.repeat(100)}`))
    expect(text).toBe('')
  })
})
