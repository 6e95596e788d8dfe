import { spawn } from 'node:child_process'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { sweepOnce } from '../src/sweep.ts'
import { browserAt } from './browser.ts'
import { freePort, serving, stopAll } from './serving.ts'
import { emptyFolder, ran } from './terminal.ts'

// Starting makes an RSA key, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 20_000 })

afterEach(stopAll)

function authorizeUrl(more: Record<string, string> = {}): string {
  const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
  return `/authorize?${new URLSearchParams({ client_id: 'spa', response_type: 'code', redirect_uri: 'http://localhost:4701/callback', scope: 'openid profile api', state: 's-1', nonce: 'n-1', code_challenge: challenge, code_challenge_method: 'S256', ...more })}`
}

describe('the demo', () => {
  it('signs a user in, asks for consent and issues tokens', async () => {
    const { origin } = await serving(['--store', 'memory:'])
    const browser = browserAt(origin)
    const asked = await browser.open(authorizeUrl({ login_hint: 'alice' }))
    expect(asked.status).toBe(303)
    const login = await (await browser.open(asked.headers.get('location') ?? '')).text()
    expect(login).toContain('Demo SPA')
    expect(login).toContain('value="alice"')
    const wrong = await browser.submit(login, { username: 'alice', password: 'guess' })
    expect(wrong.status).toBe(400)
    expect(wrong.headers.get('content-security-policy')).toContain("form-action 'self' http://localhost:4701")
    const signedIn = await browser.submit(await wrong.text(), { username: 'alice', password: 'alice' })
    expect(signedIn.status).toBe(303)
    expect(signedIn.headers.get('location')).toContain('/consent?interaction=')
    const consent = await (await browser.open(signedIn.headers.get('location') ?? '')).text()
    expect(consent).toContain('Use the demo API')
    expect(consent).toContain('Alice Anders')
    const allowed = await browser.submit(consent, { decision: 'allow' })
    const back = new URL(allowed.headers.get('location') ?? '')
    expect([allowed.status, back.origin + back.pathname, back.searchParams.get('state'), back.searchParams.get('iss')]).toEqual([303, 'http://localhost:4701/callback', 's-1', origin])
    const body = new URLSearchParams({ grant_type: 'authorization_code', client_id: 'spa', code: back.searchParams.get('code') ?? '', redirect_uri: 'http://localhost:4701/callback', code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' })
    const tokens = await fetch(`${origin}/token`, { method: 'POST', body })
    expect(await tokens.json()).toMatchObject({ token_type: 'Bearer', scope: 'openid profile api', id_token: expect.any(String) })
  })

  it('lets the user cancel, deny, and take another account', async () => {
    const { origin } = await serving(['--store', 'memory:'])
    const browser = browserAt(origin)
    const login = async () => (await browser.open((await browser.open(authorizeUrl({ prompt: 'login' }))).headers.get('location') ?? '')).text()
    const cancelled = await browser.submit(await login(), { decision: 'deny' })
    expect(new URL(cancelled.headers.get('location') ?? '').searchParams.get('error')).toBe('access_denied')
    const missing = await browser.submit(await login(), { username: 'alice' })
    expect([missing.status, (await missing.text()).includes('id="problem"')]).toEqual([400, true])
    const consentAt = (await browser.submit(await login(), { username: 'bob', password: 'bob' })).headers.get('location') ?? ''
    const switched = await browser.submit(await (await browser.open(consentAt)).text(), { decision: 'switch' })
    expect(switched.headers.get('location')).toContain('/login?interaction=')
    const denied = await browser.submit(await (await browser.open(consentAt)).text(), { decision: 'deny' })
    expect(new URL(denied.headers.get('location') ?? '').searchParams.get('error')).toBe('access_denied')
  })

  it('refuses forms that are not its own, with a page and a line in the log', async () => {
    const { origin, log } = await serving(['--store', 'memory:'])
    const browser = browserAt(origin)
    const at = (await browser.open(authorizeUrl())).headers.get('location') ?? ''
    const page = await (await browser.open(at)).text()
    const forged = await browser.submit(page.replace(/name="csrf" value="./, 'name="csrf" value="!'), { username: 'alice', password: 'alice' })
    expect(forged.status).toBe(403)
    const trace = forged.headers.get('trace-id') ?? ''
    expect(await forged.text()).toContain(trace)
    expect((await browserAt(origin).open(at)).status).toBe(400)
    expect(log().find((line) => line['trace'] === trace)).toMatchObject({ key: 'interaction_forged', endpoint: 'login', client_id: 'spa' })
  })

  it('speaks the language of the reader', async () => {
    const { origin } = await serving(['--store', 'memory:'])
    expect(await (await fetch(origin, { headers: { 'accept-language': 'fr;q=0.2, de-AT;q=0.9, en;q=0.5' } })).text()).toContain('<html lang="de"')
    const browser = browserAt(origin)
    const at = (await browser.open(authorizeUrl({ ui_locales: 'de' }))).headers.get('location') ?? ''
    expect(await (await browser.open(at, { 'accept-language': 'en' })).text()).toContain('<html lang="de"')
  })

  it('keeps keys and data in files that only their owner can read, and finds them again', async () => {
    const cwd = emptyFolder()
    const kids = async () => {
      const { origin, running } = await serving([], { cwd })
      const { keys } = (await (await fetch(`${origin}/jwks`)).json()) as { keys: { kid: string }[] }
      running.stop()
      expect((await running.ended).code).toBe(0)
      // SQLite takes its log away only when the store has been closed.
      expect(existsSync(path.join(cwd, 'data', 'latchkey.db-wal'))).toBe(false)
      return keys.map(({ kid }) => kid)
    }
    expect(await kids()).toEqual(await kids())
    expect(['latchkey.db', 'demo-encryption.key'].map((name) => statSync(path.join(cwd, 'data', name)).mode & 0o777)).toEqual([0o600, 0o600])
  })

  it('says loudly to people that it is one', async () => {
    const { running, origin } = await serving(['--store', 'memory:'], { isInteractive: true, env: { NO_COLOR: '1' } })
    expect(running.out()).toContain('THIS IS A DEMO.')
    expect(running.out()).toContain('alice / alice   or   bob / bob')
    expect(running.out()).toContain(origin)
    await fetch(`${origin}/nowhere`)
    await vi.waitFor(() => expect(running.out()).toContain('endpoint_unknown'))
  })
})

describe('the listener', () => {
  it('answers health, readiness, the home page and its stylesheet', async () => {
    const { origin } = await serving(['--store', 'memory:'])
    const statusOf = async (at: string) => (await fetch(origin + at)).status
    expect(await Promise.all(['/healthz', '/readyz', '/', '/assets/latchkey.css', '/.well-known/openid-configuration'].map(statusOf))).toEqual([200, 200, 200, 200, 200])
    expect(await Promise.all(['/assets/none', '/assets/%2e%2e/package.json', '/nowhere'].map(statusOf))).toEqual([404, 404, 404])
  })

  it('keeps passwords and tokens out of the log', async () => {
    const { origin, running } = await serving(['--store', 'memory:'], { env: { LATCHKEY_LOG_LEVEL: 'debug' } })
    const browser = browserAt(origin)
    const page = await (await browser.open((await browser.open(authorizeUrl())).headers.get('location') ?? '')).text()
    await browser.submit(page, { username: 'mistyped-password-1', password: 'wrong-password-2' })
    const service = { authorization: `Basic ${btoa('service:service-secret-for-the-demo-only-1')}` }
    const { access_token } = (await (await fetch(`${origin}/token`, { method: 'POST', headers: service, body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'api' }) })).json()) as { access_token: string }
    expect(running.out()).toContain('sign-in failed')
    expect(running.out()).toContain('"issued"')
    for (const secret of ['mistyped-password-1', 'wrong-password-2', 'service-secret-for-the-demo-only-1', access_token]) expect(running.out()).not.toContain(secret)
  })
})

describe('latchkey serve', () => {
  it('ends with 1 and one sentence when the port is taken', async () => {
    const { port } = await serving(['--store', 'memory:'])
    const { code, err } = await ran(['serve', '--port', String(port), '--store', 'memory:'], { cwd: emptyFolder() })
    expect({ code, err }).toEqual({ code: 1, err: `Latchkey did not start: port ${port} is in use. Stop what uses it, or choose another with --port.\n` })
  })

  it('ends with 1 and every finding for a configuration that can not stand', async () => {
    const cwd = emptyFolder()
    writeFileSync(path.join(cwd, 'latchkey.config.yaml'), 'issuer: https://login.example.com/\nstore: nowhere\n')
    const { code, err } = await ran(['serve', '--workers', 'many'], { cwd })
    expect(code).toBe(1)
    expect(err).toMatch(/^Latchkey did not start: 3 problems in .*latchkey\.config\.yaml\n/)
    expect(err).not.toMatch(/\n\s+at /)
  })

  it('ends with 1 for a store that is none, and for one of another encryption key', async () => {
    const cwd = emptyFolder()
    writeFileSync(path.join(cwd, 'text.db'), 'this is no database, however long one looks at it'.repeat(100))
    expect(await ran(['serve', '--store', 'sqlite:./text.db', '--port', '0'], { cwd })).toMatchObject({ code: 1, err: expect.stringMatching(/^Latchkey did not start: can not open the database .*\n$/) })
    const { running } = await serving(['--store', 'sqlite:./data.db'], { cwd })
    running.stop()
    await running.ended
    const env = { LATCHKEY_ENCRYPTION_KEY: 'mF5pQ0cXv3T1yWz8rN6aKd2LhB7sUe9gJi4oRtPxYqE' }
    expect(await ran(['serve', '--store', 'sqlite:./data.db', '--port', '0'], { cwd, env })).toMatchObject({ code: 1, err: expect.stringMatching(/^Latchkey did not start: the keys in the store can not be read .*\n$/) })
  })

  it('finishes a request that is under way before it ends', async () => {
    const { port, running } = await serving(['--store', 'memory:'])
    const body = 'grant_type=client_credentials&scope=api'
    const answered = new Promise<number | undefined>((resolve, reject) => {
      const sent = request({ port, host: '127.0.0.1', path: '/token', method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length, authorization: `Basic ${btoa('service:service-secret-for-the-demo-only-1')}` } }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      sent.once('error', reject)
      sent.write(body.slice(0, 10))
      setTimeout(() => {
        running.stop()
        setTimeout(() => sent.end(body.slice(10)), 200)
      }, 200)
    })
    expect(await answered).toBe(200)
    expect((await running.ended).code).toBe(0)
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed')
  })

  it('ends a process on SIGTERM with 0', async () => {
    const cwd = emptyFolder()
    const folder = fileURLToPath(new URL('..', import.meta.url))
    const port = await freePort()
    const child = spawn(process.execPath, ['--conditions=@latchkey/source', '--import', import.meta.resolve('tsx'), path.join(folder, 'src/cli.ts'), 'serve', '--port', String(port)], { cwd, env: { ...process.env, TSX_TSCONFIG_PATH: path.join(folder, 'tsconfig.json') } })
    let out = ''
    child.stdout.on('data', (chunk) => (out += String(chunk)))
    child.stderr.on('data', (chunk) => (out += String(chunk)))
    const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)))
    try {
      await vi.waitFor(() => expect(out).toContain('"listening"'), { timeout: 40_000 })
      expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
      child.kill('SIGTERM')
      expect(await ended).toBe(0)
      expect(out).toContain('"stopped"')
    } finally {
      child.kill('SIGKILL')
    }
  })
})

describe('the sweep', () => {
  it('takes batch after batch, and stops when it is told to', async () => {
    const sweeps: number[] = []
    const store = { sweep: (_now: number, limit: number) => Promise.resolve(sweeps.push(limit) < 3 ? limit : 7) } as never
    await sweepOnce(store)
    expect(sweeps).toEqual([500, 500, 500])
    await sweepOnce(store, () => true)
    expect(sweeps).toHaveLength(3)
  })
})
