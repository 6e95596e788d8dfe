import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { renderUnicodeCompact } from 'uqr'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Browser, browserAt } from './browser.ts'
import { begin, emptyFolder, ran, type Running } from './terminal.ts'

// Starting makes an RSA key, which takes a while on a busy machine; a device polls every five seconds.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const SECRET = 'service-secret-for-the-demo-only-1'
const QR_CODE = /█▀▀▀▀▀█|█ ▄▄▄▄▄ █/
const ESCAPE = '\u001b['

const cwd = emptyFolder()
let issuer = ''
let demo: Running | undefined
const servers: Server[] = []

async function listening(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A port on which nobody listens. */
async function deadPort(): Promise<number> {
  const port = await listening(() => undefined)
  await new Promise((resolve) => servers.pop()?.close(resolve))
  return port
}

beforeAll(async () => {
  const port = await deadPort()
  issuer = `http://localhost:${port}`
  const running = begin(['serve', '--port', String(port), '--store', 'memory:'], { cwd })
  demo = running
  await vi.waitFor(() => expect(running.out()).toContain('"listening"'), { timeout: 40_000 })
})

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

afterAll(async () => {
  demo?.stop()
  await demo?.ended
})

/** Runs `latchkey token` against the demo. */
function asked(flags: readonly string[], env: Readonly<Record<string, string>> = {}, isInteractive = false): Running {
  return begin(['token', ...flags], { cwd, env: { LATCHKEY_ISSUER: issuer, ...env }, isInteractive })
}

/** Signs alice in, and allows what is asked for: the address at which the pages end, or the last page. */
async function allowed(browser: Browser, start: string): Promise<string> {
  let answer = await browser.open(start)
  for (let step = 0; step < 12; step += 1) {
    const to = answer.headers.get('location')
    if (to?.includes('/callback?') === true) return to
    if (to !== null) {
      answer = await browser.open(to)
      continue
    }
    const page = await answer.text()
    if (page.includes('name="password"')) answer = await browser.submit(page, { username: 'alice', password: 'alice' })
    else if (page.includes('value="allow"')) answer = await browser.submit(page, { decision: 'allow' })
    // The page of the code has a second form, which is for another account.
    else if (page.includes('name="user_code"')) answer = await browser.submit(page.slice(0, page.indexOf('</form>')), { user_code: /name="user_code"[^>]*value="([^"]*)"/.exec(page)?.[1] ?? '' })
    else return page
  }
  throw new Error('the pages lead nowhere')
}

describe('client credentials', () => {
  it('writes nothing but the token to standard output', async () => {
    const { code, out, err } = await asked(['--client', 'service', '--scope', 'api', '--resource', 'https://api.example.com'], { LATCHKEY_CLIENT_SECRET: SECRET }).ended
    expect(code).toBe(0)
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    expect(JSON.parse(Buffer.from(out.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({ sub: 'service', aud: 'https://api.example.com', scope: 'api' })
    expect(err).toMatch(/^Access token granted\.\n/)
    expect(err).not.toContain(out.trim())
    expect(out + err).not.toContain(SECRET)
    expect(err).not.toContain(ESCAPE)
  })

  it('takes the secret from a file, and speaks JSON', async () => {
    writeFileSync(path.join(cwd, 'service.secret'), `${SECRET}\n`)
    for (const [flags, env] of [[['--client-secret-file', 'service.secret'], {}], [[], { LATCHKEY_CLIENT_SECRET_FILE: 'service.secret' }]] as const) {
      const { code, out, err } = await asked(['--client', 'service', '--json', ...flags], env).ended
      expect(code).toBe(0)
      expect(JSON.parse(out)).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_at: expect.any(Number), scope: 'api' })
      expect(out + err).not.toContain(SECRET)
    }
  })

  it('says what the issuer refuses, with the trace by which it can be found', async () => {
    const { code, out, err } = await asked(['--client', 'service', '--json'], { LATCHKEY_CLIENT_SECRET: 'a-wrong-secret-of-some-length-0001' }).ended
    expect(code).toBe(1)
    const problem = JSON.parse(out) as { trace_id: string }
    expect(problem).toEqual({ error: 'invalid_client', error_description: expect.any(String), trace_id: expect.stringMatching(/^[\w-]{10,}$/) })
    expect(err).toContain(`${issuer} refused with invalid_client: `)
    expect(err).toContain(`Trace id: ${problem.trace_id}`)
    expect(demo?.out()).toContain(problem.trace_id)
    expect(out + err).not.toContain('a-wrong-secret')
  })
})

describe('device', () => {
  it('is the default without a secret: shows a QR code to people, and waits for them', async () => {
    const running = asked(['--client', 'tv', '--scope', 'openid profile api'], {}, true)
    await vi.waitFor(() => expect(running.err()).toContain('Ctrl-C'), { timeout: 20_000 })
    expect(running.err()).toMatch(QR_CODE)
    expect(running.err()).toContain(`${issuer}/device`)
    const userCode = /[A-Z]{4}-[A-Z]{4}/.exec(running.err())?.[0] ?? ''
    expect(await allowed(browserAt(issuer), `/device?user_code=${userCode}`)).toContain('tile-good')
    const { code, out, err } = await running.ended
    expect(code).toBe(0)
    expect(out).toMatch(/^[\w.~+/-]+=*\n$/)
    expect(err).toMatch(/User.*alice\n/)
    expect(err).toMatch(/Scope.*openid profile api\n/)
    expect(err).not.toContain(out.trim())
  })

  it('shows the address and the code without the picture to programs, and ends when it is interrupted', async () => {
    const running = asked(['--client', 'tv', '--grant', 'device'])
    await vi.waitFor(() => expect(running.err()).toContain('Ctrl-C'), { timeout: 20_000 })
    expect(running.err()).toMatch(/ {2}Open {4}http:\/\/localhost:\d+\/device\n {2}Enter {3}[A-Z]{4}-[A-Z]{4}\n/)
    expect(running.err()).not.toMatch(/[█▀▄]/)
    expect(running.err()).not.toContain(ESCAPE)
    running.stop()
    expect(await running.ended).toMatchObject({ code: 1, out: '', err: expect.stringContaining('No token. Interrupted: no token was taken.\n') })
  })

  it('draws without colours for who said NO_COLOR', async () => {
    const running = asked(['--client', 'tv'], { NO_COLOR: '1' }, true)
    await vi.waitFor(() => expect(running.err()).toContain('Ctrl-C'), { timeout: 20_000 })
    running.stop()
    const { err } = await running.ended
    const userCode = /[A-Z]{4}-[A-Z]{4}/.exec(err)?.[0] ?? ''
    const code = renderUnicodeCompact(`${issuer}/device?user_code=${userCode}`, { ecc: 'L', border: 2 })
    expect(err.replaceAll(/^ {2}/gm, '')).toContain(code)
    expect(err).not.toContain(ESCAPE)
  })
})

describe('code', () => {
  it('comes back to a port of this machine, and to nothing but its own request', async () => {
    const running = asked(['--client', 'cli', '--grant', 'code', '--scope', 'openid offline_access api', '--json'])
    await vi.waitFor(() => expect(running.err()).toContain('Ctrl-C'), { timeout: 20_000 })
    const url = new URL(/http\S+/.exec(running.err())?.[0] ?? '')
    const redirectUri = url.searchParams.get('redirect_uri') ?? ''
    expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
    expect((await fetch(`${redirectUri}?code=forged&state=another`)).status).toBe(400)
    expect((await fetch(new URL('/elsewhere', redirectUri))).status).toBe(404)
    const back = await fetch(await allowed(browserAt(issuer), url.href))
    expect([back.status, await back.text()]).toEqual([200, expect.stringContaining('go back to the terminal')])
    const { code, out, err } = await running.ended
    expect(code).toBe(0)
    const granted = JSON.parse(out) as { refresh_token: string }
    expect(granted).toMatchObject({ access_token: expect.any(String), refresh_token: expect.any(String), id_token: expect.any(String) })
    expect(err).not.toContain(granted.refresh_token)
    await expect(fetch(redirectUri)).rejects.toThrow('fetch failed')
  })

  it('ends when it is interrupted', async () => {
    const running = asked(['--client', 'cli', '--grant', 'code'])
    await vi.waitFor(() => expect(running.err()).toContain('Ctrl-C'), { timeout: 20_000 })
    running.stop()
    expect(await running.ended).toMatchObject({ code: 1, out: '', err: expect.stringContaining('Interrupted') })
  })
})

describe('what goes wrong', () => {
  const world = (env: Readonly<Record<string, string>> = {}) => ({ cwd, env: { LATCHKEY_ISSUER: issuer, ...env } })

  it.each([
    [[], {}, 'Name the client with --client'],
    [['--client', 'service', '--grant', 'client_credentials'], {}, 'needs the secret of the client'],
    [['--client', 'tv', '--grant', 'password'], {}, 'Allowed choices are client_credentials, device, code'],
    [['--client', 'service', '--client-secret', SECRET], {}, 'unknown option'],
    [['--client', 'service', '--client-secret-file', 'none'], {}, 'does not exist'],
    [['--client', 'service'], { LATCHKEY_CLIENT_SECRET: SECRET, LATCHKEY_CLIENT_SECRET_FILE: 'x' }, 'stands beside LATCHKEY_CLIENT_SECRET'],
  ])('%j %j is called wrongly', async (flags, env, text) => {
    const { code, out, err } = await ran(['token', ...flags], world(env))
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(text)
    expect(err).not.toContain(SECRET)
  })

  it('names an issuer that can not be reached, is none, or is another', async () => {
    const dead = `http://localhost:${await deadPort()}`
    const port = await listening((request, response) => response.writeHead(request.url?.startsWith('/other') === true ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify({ issuer: 'https://other.example' })))
    const rows = [
      [dead, `No token. ${dead} cannot be reached. Is it running, and is --issuer right?\n`],
      [`http://127.0.0.1:${port}`, 'is no issuer that can be used: nothing at'],
      [`http://127.0.0.1:${port}/other`, `No token from http://127.0.0.1:${port}/other: `],
      ['http://login.example.com', 'is plain http to another machine'],
      ['login', 'issuer must be a URL'],
    ] as const
    for (const [at, text] of rows) {
      const { code, out, err } = await ran(['token', '--client', 'tv', '--issuer', at], world())
      expect.soft({ code, out, err }).toEqual({ code: 1, out: '', err: expect.stringContaining(text) })
      expect.soft(err).not.toMatch(/\n\s+at /)
    }
  })

  it('ends a process on SIGINT, without a token', async () => {
    const folder = fileURLToPath(new URL('..', import.meta.url))
    const child = spawn(process.execPath, ['--conditions=@latchkey/source', '--import', import.meta.resolve('tsx'), path.join(folder, 'src/cli.ts'), 'token', '--client', 'tv', '--issuer', issuer], { cwd, env: { ...process.env, TSX_TSCONFIG_PATH: path.join(folder, 'tsconfig.json') } })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk) => (out += String(chunk)))
    child.stderr.on('data', (chunk) => (err += String(chunk)))
    const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)))
    try {
      await vi.waitFor(() => expect(err).toContain('Ctrl-C'), { timeout: 40_000 })
      child.kill('SIGINT')
      expect(await ended).toBe(1)
      expect({ out, err }).toEqual({ out: '', err: expect.stringMatching(/No token\. Interrupted: no token was taken\.\n$/) })
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('shows what would steer a terminal as text', async () => {
    const port = await listening((request, response) => {
      const base = `http://127.0.0.1:${port}`
      const metadata = { issuer: base, token_endpoint: `${base}/token`, authorization_endpoint: `${base}/authorize`, jwks_uri: `${base}/jwks`, response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'] }
      const isDiscovery = request.method === 'GET'
      response.writeHead(isDiscovery ? 200 : 400, { 'content-type': 'application/json' }).end(JSON.stringify(isDiscovery ? metadata : { error: 'invalid_scope', error_description: 'a\u001b[2Jb' }))
    })
    const { code, err } = await ran(['token', '--client', 'service', '--issuer', `http://127.0.0.1:${port}`], world({ LATCHKEY_CLIENT_SECRET: SECRET }))
    expect(code).toBe(1)
    expect(err).not.toContain('\u001b')
    expect(err).toContain('invalid_scope')
  })
})
