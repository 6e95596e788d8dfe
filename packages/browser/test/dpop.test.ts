import { describe, expect, test } from 'vitest'
import { run, useApp } from './app.ts'
import { payloadOf } from './pages.ts'

describe('with dpop', () => {
  const { open, signIn, issuer, pages, context } = useApp()

  test('tokens are bound to a key that cannot be taken out, for the issuer and for the API', async () => {
    const page = await open('/', { dpop: true })
    await signIn(page)
    expect(await run(page, 'auth.token().then(t => t.type)')).toBe('DPoP')
    expect(await run(page, "auth.fetch('/api', { method: 'POST', body: 'x' }).then(r => r.status)")).toBe(200)
    expect(pages().apiCalls).toEqual([expect.stringMatching(/^DPoP /), expect.stringMatching(/^DPoP /)])
    expect(pages().proofs.map(payloadOf)).toEqual([
      expect.objectContaining({ htm: 'POST', htu: `${pages().origin}/api`, ath: expect.any(String) }),
      expect.objectContaining({ htm: 'POST', htu: `${pages().origin}/api`, nonce: 'nonce-of-the-api' }),
    ])
    // The issuer wants a nonce, too: asked for once, then known.
    expect(issuer().proofs.map(proof => 'nonce' in payloadOf(proof))).toEqual([false, true])
    expect(await run(page, `new Promise((resolve, reject) => {
      const opened = indexedDB.open('latchkey')
      opened.onsuccess = () => {
        const keys = opened.result.transaction('keys').objectStore('keys').getAll()
        keys.onsuccess = () => crypto.subtle.exportKey('jwk', keys.result[0].privateKey).then(resolve, error => resolve([keys.result.length, error.name]))
      }
    })`)).toEqual([1, 'InvalidAccessError'])
  })

  test('the code is bound before there is one, and a refresh keeps the key, in every tab', async () => {
    const page = await open('/', { dpop: true })
    const leaving = page.waitForRequest(request => request.url().startsWith(`${issuer().origin}/auth?`))
    await signIn(page)
    expect(new URL((await leaving).url()).searchParams.get('dpop_jkt')).toMatch(/^[\w-]{43}$/)
    const other = await open('/', { dpop: true })
    const at = Date.now() + 300
    const tokens = await Promise.all([page, other].map(tab => run(tab, `new Promise(go => setTimeout(go, ${at} - Date.now())).then(() => auth.token({ forceRefresh: true })).then(t => t.type + t.token)`)))
    expect(new Set(tokens).size).toBe(1)
    expect(issuer().tokenRequests.filter(({ grant_type, status }) => grant_type === 'refresh_token' && status === 200)).toHaveLength(1)
  })

  test('two tabs that need a key at once use the same', async () => {
    const tabs = await Promise.all([open('/', { dpop: true }), open('/', { dpop: true })])
    const asked: (string | null)[] = []
    await context().route('**/auth?*', route => {
      asked.push(new URL(route.request().url()).searchParams.get('dpop_jkt'))
      return route.abort()
    })
    await Promise.all(tabs.map(tab => run(tab, '(auth.login(), 0)')))
    await expect.poll(() => asked.length).toBe(2)
    expect(new Set(asked).size).toBe(1)
  })

  test('K09 a Bearer token in place of a bound one is refused, whether it comes from the issuer or from the store', async () => {
    const page = await open('/', { dpop: true })
    await context().route('**/token', async route => {
      const response = await route.fetch()
      const body = await response.json()
      await route.fulfill({ response, json: { ...body, ...('token_type' in body && { token_type: 'Bearer' }) } })
    })
    await page.evaluate('void auth.login()')
    await page.waitForURL(`${pages().origin}/callback`)
    expect(await run(page, 'first.then(s => [s.status, s.reason.code])')).toEqual(['anonymous', 'token_type_mismatch'])
    await context().unroute('**/token')
    const unbound = await open('/', { dpop: false })
    await signIn(unbound)
    const bound = await open('/', { dpop: true })
    expect(await run(bound, "auth.fetch('/api').catch(e => e.code)")).toBe('login_required')
    expect(pages().apiCalls).toEqual([])
  })

  test('K09 an API that asks for a nonce for ever is asked twice, and twice more with a fresh token', async () => {
    const page = await open('/', { dpop: true })
    await signIn(page)
    let asked = 0
    await context().route('**/api', route => route.fulfill({ status: 401, headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': `n${asked++}` } }))
    expect(await run(page, "auth.fetch('/api').then(r => r.status)")).toBe(401)
    expect(asked).toBeLessThanOrEqual(4)
  })

  test('without its chunk nothing is sent, bound or not, until it can be loaded', async () => {
    const page = await open('/', { dpop: true })
    await signIn(page)
    await context().route(/\/(extras|dpop)-[^/]+\.js$/, route => route.abort())
    const cut = await open('/', { dpop: true })
    expect(await run(cut, "auth.fetch('/api').catch(e => [e.code, e.retryable])")).toEqual(['network_error', true])
    expect(pages().apiCalls).toEqual([])
  })
})

describe('with an issuer that requires pushed requests', () => {
  const { open, signIn, issuer } = useApp({ requiresPushedRequests: true })

  test.each([[{}, 1], [{ par: 'always' }, 1]])('the browser carries only the name of the request, with %j', async (options, pushed) => {
    const page = await open('/', options)
    const leaving = page.waitForRequest(request => request.url().startsWith(`${issuer().origin}/auth?`))
    await signIn(page, "{ extra: { ui_locales: 'de' } }")
    expect([...new URL((await leaving).url()).searchParams.keys()]).toEqual(['client_id', 'request_uri'])
    expect(issuer().pushed()).toBe(pushed)
  })

  test('a request is refused when it was told not to push', async () => {
    const page = await open('/', { par: 'never' })
    await page.evaluate('void auth.login()')
    await page.waitForURL(/\/(callback|auth)/)
    expect(issuer().pushed()).toBe(0)
  })
})
