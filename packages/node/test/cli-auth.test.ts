import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DevicePrompt, fileStore, hasDisplay, isAuthError, openInBrowser, openLoopbackRedirect, qrCode, type TokenStore } from '../src/index.ts'
import { desktop, remote, setUpCli, signIn } from './cli-issuer.ts'
import { ISSUER } from './web-issuer.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'latchkey-cli-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const codeOf = (work: Promise<unknown>) => work.then(() => 'no error', (error: unknown) => (isAuthError(error) ? error.code : error))
const sleep = async () => undefined

describe('a sign-in by browser', () => {
  it('asks by PKCE for an answer on this machine, takes it, and keeps the tokens', async () => {
    const { cli, grants } = setUpCli()
    const shown: string[] = []
    const pages: Response[] = []
    const session = await cli.login({ mode: 'browser', open: signIn({}, pages), onBrowser: (url) => shown.push(url) })
    const asked = Object.fromEntries(new URL(shown[0] ?? '').searchParams)
    expect(asked).toMatchObject({ response_type: 'code', client_id: 'cli', scope: 'openid offline_access', code_challenge_method: 'S256', redirect_uri: expect.stringMatching(/^http:\/\/(127\.0\.0\.1|\[::1\]):\d+\/callback$/) })
    expect(session.claims?.sub).toBe('alice')
    expect(await session.token()).toMatchObject({ token: 'at-1' })
    expect(await session.userinfo()).toMatchObject({ email: 'alice@example.com' })
    expect((await cli.session())?.claims?.sub).toBe('alice')
    expect(grants).toEqual(['authorization_code'])
    expect(await pages[0]?.text()).toContain('You can close this page')
    await expect(fetch(asked['redirect_uri'] ?? '')).rejects.toThrow()
  })
  it.each<[string, Readonly<Record<string, string | undefined>>]>([
    ['K02 issuer_mismatch', { iss: 'https://evil.example' }], ['K02 issuer_missing', { iss: undefined }], ['K01 code_missing', { code: undefined }],
    ['K01 access_denied', { code: undefined, error: 'access_denied' }], ['K02 front_channel_token', { access_token: 'x' }],
  ])('is refused as %s, and the code goes nowhere', async (name, change) => {
    const { cli, grants } = setUpCli()
    expect(await codeOf(cli.login({ mode: 'browser', open: signIn(change) }))).toBe(name.split(' ')[1])
    expect(grants).toEqual([])
    expect(await cli.session()).toBeUndefined()
  })
  it('K01 waits on when a page of somebody else comes to the address', async () => {
    const { cli } = setUpCli()
    const pages: Response[] = []
    const session = await cli.login({
      mode: 'browser',
      open: async (url) => {
        await signIn({ state: 'guessed' }, pages)(url)
        await signIn({ state: undefined }, pages)(url)
        return signIn({}, pages)(url)
      },
    })
    expect(session.claims?.sub).toBe('alice')
    expect(pages.map(({ status }) => status)).toEqual([400, 400, 200])
  })
  it('takes what was pasted from a browser elsewhere, whichever comes first', async () => {
    const { cli } = setUpCli({ machine: remote })
    let address = ''
    const session = await cli.login({
      mode: 'browser',
      onBrowser: (url) => {
        const { redirect_uri = '', state = '', nonce = '' } = Object.fromEntries(new URL(url).searchParams)
        address = `${redirect_uri}?${new URLSearchParams({ code: nonce, state, iss: ISSUER })}`
      },
      paste: async () => ` ${address}\n`,
    })
    expect(session.claims?.sub).toBe('alice')
  })
  it.each<[string, () => Promise<string>]>([['nothing pasted', async () => ''], ['a prompt that fails', () => Promise.reject(new Error('no terminal'))], ['a prompt that waits', () => new Promise(() => undefined)]])('comes by itself in spite of %s', async (_, paste) => {
    expect((await setUpCli().cli.login({ mode: 'browser', open: signIn(), paste })).claims?.sub).toBe('alice')
  })
  it.each([['response_malformed', 'ABC'], ['state_mismatch', 'http://127.0.0.1/callback?code=x&state=y']])('K01 is refused as %s when %s is pasted', async (code, text) => {
    const { cli, grants } = setUpCli({ machine: remote })
    expect(await codeOf(cli.login({ mode: 'browser', paste: async () => text }))).toBe(code)
    expect(grants).toEqual([])
  })
  it('ends when the caller says so', async () => {
    const caller = new AbortController()
    const waiting = setUpCli().cli.login({ mode: 'browser', open: async () => true, onBrowser: () => caller.abort(), signal: caller.signal })
    expect(await codeOf(waiting)).toBe('aborted')
  })
})

describe('a sign-in on another device', () => {
  it('shows the code and a QR code, and asks until there are tokens', async () => {
    const { cli, grants } = setUpCli()
    const prompts: DevicePrompt[] = []
    const session = await cli.login({ mode: 'device', sleep, onDevice: (prompt) => prompts.push(prompt) })
    expect(session.claims?.sub).toBe('alice')
    expect(prompts[0]).toMatchObject({ userCode: 'ABCD-EFGH', verificationUri: `${ISSUER}/go` })
    expect(prompts[0]?.qr()).toBe(qrCode(`${ISSUER}/go?code=ABCD-EFGH`))
    expect(grants).toHaveLength(2)
  })
  it('needs somebody who shows the code', async () => {
    expect(await codeOf(setUpCli().cli.login({ mode: 'device' }))).toBe('invalid_configuration')
  })
})

describe('by itself the sign-in goes', () => {
  const onDevice = () => undefined
  it.each([
    ['to the browser of a desktop', desktop, async () => 'browser', 'authorization_code'],
    ['to another device where no browser can be seen', remote, async () => 'browser', 'device_code'],
    ['to another device where the browser does not open', desktop, undefined, 'device_code'],
  ])('%s', async (_, machine, opens, grant) => {
    const { cli, grants } = setUpCli({ machine })
    await cli.login({ sleep, onDevice, open: opens === undefined ? async () => false : signIn() })
    expect(grants.at(-1)).toMatch(new RegExp(`${grant}$`))
  })
  it('to the pasted address where there is neither', async () => {
    const { cli, metadata, grants } = setUpCli({ machine: remote })
    delete metadata['device_authorization_endpoint']
    let address = ''
    await cli.login({ onDevice, onBrowser: (url) => { const { state = '', nonce = '' } = Object.fromEntries(new URL(url).searchParams); address = `http://127.0.0.1/callback?${new URLSearchParams({ code: nonce, state, iss: ISSUER })}` }, paste: async () => address })
    expect(grants).toEqual(['authorization_code'])
  })
  it.each([
    [{ platform: 'darwin', env: {} }, true], [{ platform: 'win32', env: {} }, true], [{ platform: 'linux', env: {} }, false], [{ platform: 'linux', env: { WAYLAND_DISPLAY: 'wayland-0' } }, true],
    [{ platform: 'linux', env: { DISPLAY: '' } }, false], [{ platform: 'darwin', env: { SSH_TTY: '/dev/pts/1' } }, false], [{ platform: 'linux', env: { DISPLAY: ':0', CI: 'true' } }, false],
  ] as const)('%j: somebody sees a browser: %s', (machine, expected) => {
    expect(hasDisplay(machine)).toBe(expected)
  })
})

describe('K05 a browser is opened', () => {
  it.each([
    ['linux', 'xdg-open', ['https://op.example/a?b=$(calc)&c=%22']], ['darwin', 'open', ['https://op.example/a?b=$(calc)&c=%22']],
    ['win32', 'rundll32.exe', ['url.dll,FileProtocolHandler', 'https://op.example/a?b=$(calc)&c=%22']],
  ] as const)('on %s by a program and one parameter, without a shell', async (platform, program, parameters) => {
    const started: unknown[] = []
    await openInBrowser('https://op.example/a?b=$(calc)&c=%22', { platform, env: {} }, async (...call) => { started.push(call); return true })
    expect(started).toEqual([[program, parameters]])
  })
  it.each(['file:///etc/passwd', '--flag', '$(calc)', 'javascript:alert(1)', 'http://op.example/', 'https://169.254.169.254/', 'https://user:pw@op.example/', 'smb://host/x', 'https://op.example/#x', 'vscode://x', ''])('never for %s', async (url) => {
    const started: unknown[] = []
    expect(await codeOf(openInBrowser(url, desktop, async (...call) => { started.push(call); return true }))).toBe('endpoint_not_allowed')
    expect(started).toEqual([])
  })
  it.each(['file:///etc/passwd', '--flag', '$(calc)', 'http://op.example/authorize', 'https://169.254.169.254/authorize', 'javascript:alert(1)'])('never at the authorization endpoint %s', async (authorization_endpoint) => {
    const { cli, metadata } = setUpCli()
    metadata['authorization_endpoint'] = authorization_endpoint
    const opened: string[] = []
    expect(await codeOf(cli.login({ mode: 'browser', onBrowser: (url) => opened.push(url), open: async (url) => { opened.push(url); return true } }))).toBe('endpoint_not_allowed')
    expect(opened).toEqual([])
  })
})

describe('the place on this machine', () => {
  it('answers nothing but GET at its path, and under its own name', async () => {
    const redirect = await openLoopbackRedirect()
    try {
      void redirect.arrival('s').catch(() => undefined)
      const origin = new URL(redirect.redirectUri).origin
      for (const [url, init] of [[`${origin}/`, {}], [`${origin}/callback/`, {}], [redirect.redirectUri, { method: 'POST' }]] as const) expect((await fetch(url, init)).status).toBe(404)
      const { hostname, port } = new URL(origin)
      const rebound = await new Promise<number | undefined>((resolve) => request({ host: hostname.replace(/[[\]]/g, ''), port, path: '/callback?state=s', headers: { host: 'evil.example' } }, ({ statusCode }) => resolve(statusCode)).end())
      expect(rebound).toBe(404)
    } finally {
      redirect.close()
    }
  })
})

describe('a session between two runs', () => {
  const inFile = () => fileStore(path.join(folder, `${crypto.randomUUID()}`, 'auth.json'))
  const login = { mode: 'browser', open: signIn() } as const

  it('is found again, and renewed when it is due', async () => {
    const { another, clock, grants } = setUpCli({ store: inFile() })
    await another().login(login)
    clock.now += 590
    expect(await (await another().session())?.token()).toMatchObject({ token: 'at-2' })
    expect(await (await another().session())?.token()).toMatchObject({ token: 'at-2' })
    expect(grants).toEqual(['authorization_code', 'refresh_token'])
  })
  it('K08 is renewed once for many programs that start together', async () => {
    const { another, clock, grants } = setUpCli({ store: inFile() })
    await another().login(login)
    clock.now += 590
    const sessions = await Promise.all(Array.from({ length: 10 }, () => another().session()))
    expect(new Set(await Promise.all(sessions.map(async (session) => (await session?.token())?.token)))).toEqual(new Set(['at-2']))
    expect(grants).toEqual(['authorization_code', 'refresh_token'])
  })
  it('is not forgotten by a program that lost the race where nothing locks', async () => {
    const { lock: _, ...store } = inFile()
    const { another, clock, answers } = setUpCli({ store })
    await another().login(login)
    clock.now += 590
    const usual = answers['/token']
    let goOn = (): void => undefined
    const held = new Promise<void>((resolve) => { goOn = resolve })
    let late: ReturnType<ReturnType<typeof another>['session']> | undefined
    await new Promise<void>((resolve) => {
      answers['/token'] = async (form) => {
        answers['/token'] = usual ?? Response.error
        resolve()
        await held
        return usual?.(form) ?? Response.error()
      }
      late = another().session()
    })
    expect(await (await another().session())?.token()).toMatchObject({ token: 'at-2' })
    goOn()
    expect(await (await late)?.token()).toMatchObject({ token: 'at-2' })
    expect(await another().session()).toBeDefined()
  })
  it('ends when the issuer ended it, and only then', async () => {
    const { another, clock, answers } = setUpCli({ store: inFile() })
    await another().login(login)
    clock.now += 700
    const usual = answers['/token']
    answers['/token'] = () => new Response(null, { status: 503 })
    expect(await codeOf((await another().session())?.token() ?? Promise.resolve())).toBe('http_error')
    answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 })
    expect(await another().session()).toBeUndefined()
    answers['/token'] = usual ?? Response.error
    expect(await another().session()).toBeUndefined()
  })
  it('serves no other issuer and no other client', async () => {
    const shared = inFile()
    const { another } = setUpCli({ store: { ...shared, get: () => shared.get(`cli ${ISSUER}`) } as TokenStore })
    await another().login(login)
    expect(await another({ clientId: 'other' }).session()).toBeUndefined()
    expect(await another({ issuer: 'https://other.example' }).session()).toBeUndefined()
  })
  it('is given back and forgotten at sign-out, even when the issuer does not answer', async () => {
    const { another, answers } = setUpCli({ store: inFile() })
    const revoked: (string | null)[] = []
    answers['/revoke'] = (form) => { revoked.push(form.get('token')); return new Response(null, { status: 503 }) }
    await another().login(login)
    await another().logout()
    expect(revoked).toEqual(['rt-1'])
    expect(await another().session()).toBeUndefined()
  })
})

describe('the file', () => {
  it('can be read by its owner alone, is replaced at once, and leaves nothing beside it', async () => {
    const at = path.join(folder, 'deep', 'er', 'auth.json')
    const store = fileStore(at)
    await store.set('a', '1')
    chmodSync(at, 0o644)
    await store.lock?.('a', () => store.set('b', '2'))
    expect((statSync(at).mode & 0o777).toString(8)).toBe('600')
    expect((statSync(path.dirname(at)).mode & 0o777).toString(8)).toBe('700')
    expect(JSON.parse(readFileSync(at, 'utf8'))).toEqual({ a: '1', b: '2' })
    await store.delete('a')
    expect(await store.get('a')).toBeUndefined()
    expect(readdirSync(path.dirname(at))).toEqual(['auth.json'])
  })
  it.each(['', 'not json', '[]', 'null', '{"a":7}'])('with %j in it holds nothing', async (text) => {
    const at = path.join(folder, 'broken.json')
    writeFileSync(at, text)
    expect(await fileStore(at).get('a')).toBeUndefined()
  })
  it('lets one process at a time decide', async () => {
    const at = path.join(folder, 'locked.json')
    let inside = 0
    let most = 0
    const work = async () => {
      inside += 1
      most = Math.max(most, inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside -= 1
    }
    await Promise.all(Array.from({ length: 8 }, () => fileStore(at).lock?.('a', work)))
    expect(most).toBe(1)
  })
  it('gets rid of the lock of a process that died', async () => {
    const at = path.join(folder, 'stale.json')
    writeFileSync(`${at}.lock`, 'gone')
    utimesSync(`${at}.lock`, 1, 1)
    expect(await fileStore(at).lock?.('a', async () => 'done')).toBe('done')
    expect(readdirSync(folder).filter((name) => name.startsWith('stale'))).toEqual([])
  })
  it('that cannot be reached says so without its path', async () => {
    writeFileSync(path.join(folder, 'file'), '')
    const failing = fileStore(path.join(folder, 'file', 'auth.json')).set('a', '1')
    await expect(failing).rejects.toMatchObject({ code: 'storage_failed', message: 'the file with the tokens cannot be read' })
  })
  it('lies in the home folder where it is said to', () => {
    const source = `import { fileStore } from ${JSON.stringify(path.resolve(import.meta.dirname, '../src/cli/file-store.ts'))}; await fileStore('~/x/auth.json').set('a', '1')`
    const { status, stderr } = spawnSync(process.execPath, ['--conditions=@latchkey/source', '--input-type=module', '-e', source], { env: { ...process.env, HOME: folder }, cwd: path.resolve(import.meta.dirname, '..'), encoding: 'utf8' })
    expect({ status, stderr }).toMatchObject({ status: 0 })
    expect(readdirSync(path.join(folder, 'x'))).toEqual(['auth.json'])
  })
})

describe('a QR code', () => {
  it.each([['unicode', /^[█▀▄ \n]+$/], ['ascii', /^[# \n]+$/], ['svg', /^<svg[^]*<\/svg>$/]] as const)('is drawn as %s', (format, drawn) => {
    expect(qrCode('https://op.example/go?code=ABCD-EFGH', { format })).toMatch(drawn)
  })
  it('keeps its colours whatever the terminal has', () => {
    for (const line of qrCode('x', { colours: true }).split('\n')) expect(line).toMatch(/^\u001b\[97;40m.*\u001b\[0m$/)
  })
})
