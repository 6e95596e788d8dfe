import { sessionState } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { asking, BOB, browserFor, codeOf, returned } from './browser.ts'
import { ISSUER, testIssuer } from './issuer.ts'
import { askingFor, logoutIssuer, signInTo } from './relying-parties.ts'

const STATE = '__Host-latchkey-state'

/** The cookie by which a session_state can be computed again, as the page at /check_session does. */
function matches(session_state: string, browserState: string, client_id: string, origin: string): boolean {
  const salt = session_state.split('.')[1] ?? ''
  return session_state === sessionState({ client_id, origin, browserState, salt })
}

describe('LOGOUT-8 session management', () => {
  it('ERR-3 says in every authentication response how the session stands, for its client and origin alone', async () => {
    const issuer = logoutIssuer()
    const browser = browserFor(issuer)
    const first = returned(await browser.authorize(askingFor('shop')))['session_state'] ?? ''
    const second = returned(await browser.authorize(askingFor('shop')))['session_state'] ?? ''
    const state = browser.cookies.get(STATE) ?? ''
    expect(first).toMatch(/^[\w-]{43}\.[\w-]{27}$/)
    expect(first).not.toBe(second)
    for (const told of [first, second]) {
      expect(matches(told, state, 'shop', 'https://shop.example')).toBe(true)
      expect(matches(told, state, 'mail', 'https://shop.example')).toBe(false)
      expect(matches(told, state, 'shop', 'https://evil.example')).toBe(false)
      expect(matches(told, '', 'shop', 'https://shop.example')).toBe(false)
    }
  })
  it('changes with the user and with the logout, not with a sign-in of the same user', async () => {
    const issuer = logoutIssuer()
    const browser = browserFor(issuer)
    const states: (string | undefined)[] = []
    const { id_token } = await signInTo('shop', browser, issuer)
    states.push(browser.cookies.get(STATE))
    await codeOf(browser, askingFor('shop', { prompt: 'login' }))
    states.push(browser.cookies.get(STATE))
    await codeOf(browser, askingFor('shop', { prompt: 'login' }), BOB)
    states.push(browser.cookies.get(STATE))
    await codeOf(browser, askingFor('shop', { prompt: 'login' }))
    const again = await signInTo('shop', browser, issuer)
    await browser.send(`${ISSUER}/end_session?id_token_hint=${again.id_token}`)
    states.push(browser.cookies.get(STATE))
    expect(states[0]).toBe(states[1])
    expect(new Set(states).size).toBe(3)
    expect(states[3]).toBe(undefined)
    expect(id_token).not.toContain(states[0])
  })
  it('comes back when the browser has lost it, and is left alone when it has not', async () => {
    const issuer = logoutIssuer()
    const browser = browserFor(issuer)
    await codeOf(browser, askingFor('shop'))
    const state = browser.cookies.get(STATE)
    expect((await browser.authorize(askingFor('shop'))).headers.getSetCookie()).toEqual([])
    browser.cookies.set(STATE, 'x'.repeat(43))
    issuer.pass(100)
    expect((await browser.authorize(askingFor('shop'))).headers.getSetCookie()).toEqual([`${STATE}=${state}; Max-Age=43100; Path=/; Secure; SameSite=None`])
  })
  it('is said to nobody who asks for no ID Token, and to no app', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    expect(returned(await browser.authorize(asking({ scope: 'api' })))).not.toHaveProperty('session_state')
    const app = await browser.authorize(asking({ client_id: 'native', redirect_uri: 'com.example.app:/cb' }))
    expect(app.headers.get('location')).toMatch(/^com\.example\.app:\/cb\?code=[\w-]{43}&state=S1&iss=/)
  })
  it('is read by one page, the only one that others may frame, by a script that its policy names', async () => {
    const answer = await testIssuer().fetch(new Request(`${ISSUER}/check_session`))
    const text = await answer.text()
    const script = /<script data-cookie="__Host-latchkey-state">([^]*?)<\/script>/.exec(text)?.[1] ?? ''
    const hash = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(script)))))
    expect([answer.status, answer.headers.get('x-frame-options'), answer.headers.get('content-security-policy')]).toEqual([200, null, `default-src 'none'; base-uri 'none'; frame-ancestors *; script-src 'sha256-${hash}'; form-action 'none'`])
    expect(script).toContain("source.postMessage(await answer(data, origin), { targetOrigin: origin })")
  })
})
