import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createAuthorizationServer, digest, insert, type RunningServer } from '@latchkey/server'
import { memoryStore, type TestIssuer } from '@latchkey/server/testing'
import { expect, vi } from 'vitest'
import { parse } from 'yaml'
import { importBlock, runBlock } from './block-module.ts'
import { freePorts, run } from './child.ts'
import type { Rule, Rules } from './quickstart.ts'
import { openShell } from './shell.ts'
import { addressOf, has, pageOf, UserAgent } from './user-agent.ts'

/** The issuer of the pages that do not run beside the demo. */
export const ISSUER = 'https://login.example.com'
/** Stands where a page reads a secret from elsewhere. */
export const SECRET = 'a-secret-of-this-test-and-of-nobody-else'

/** The one user of a server that a page configures without users. */
export const CAROL = { sub: 'carol', username: 'carol', password: 'carol' }

/** Every request of this process goes to this server while `during` runs. */
export async function answeredBy(server: (request: Request) => Promise<Response>, during: () => Promise<void>): Promise<void> {
  vi.stubGlobal('fetch', (input: string | URL | Request, init?: RequestInit) => server(new Request(input, init)))
  try {
    await during()
  } finally {
    vi.unstubAllGlobals()
  }
}

/** A folder that is gone when `during` is over. */
export async function inFolder(during: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-quickstart-'))
  try {
    await during(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const mounted: Rule = {
  language: 'ts',
  how: 'answers in this process',
  run: ({ text }) => inFolder(async (folder) => {
    vi.stubEnv('LATCHKEY_ENCRYPTION_KEY', SECRET)
    vi.stubEnv('SERVICE_SECRET', SECRET)
    const { default: server } = (await importBlock(text.replace("'latchkey.db'", JSON.stringify(path.join(folder, 'latchkey.db'))))) as { default: { fetch(request: Request): Promise<Response> } }
    vi.unstubAllEnvs()
    const ask = (secret: string) => server.fetch(new Request(`${ISSUER}/token`, { method: 'POST', headers: { authorization: `Basic ${btoa(`service:${secret}`)}` }, body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'api' }) }))
    expect(await (await ask(SECRET)).json()).toMatchObject({ access_token: expect.any(String), scope: 'api' })
    expect((await ask(`${SECRET}!`)).status).toBe(401)
  }),
}

const signsIn: Rule = {
  language: 'ts',
  how: 'signs in a user of this process',
  async run({ text }) {
    type Page = (server: RunningServer, whoIs: (username: string, password: string) => Promise<string | undefined>) => Readonly<Record<string, (request: Request) => Promise<Response>>>
    const { loginPage } = (await importBlock(text)) as { loginPage: Page }
    const server = createAuthorizationServer({
      issuer: ISSUER, encryptionKey: SECRET, store: memoryStore(), users: { find: (sub) => ({ sub, active: true, claims: {} }) },
      clients: [{ client_id: 'app', token_endpoint_auth_method: 'none', redirect_uris: ['https://app.example/callback'], scope: 'openid', policy: { consent: 'never' } }],
    })
    const login = loginPage(server, async (username, password) => (username === password ? username : undefined))
    const answer = (request: Request) => (new URL(request.url).pathname === '/login' ? login[request.method]?.(request) : server.fetch(request)) ?? Promise.resolve(new Response(null, { status: 405 }))
    await answeredBy(answer, async () => {
      const query = new URLSearchParams({ client_id: 'app', response_type: 'code', redirect_uri: 'https://app.example/callback', scope: 'openid', code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' })
      const agent = new UserAgent(ISSUER)
      const page = pageOf(await agent.visit(`${ISSUER}/authorize?${query}`))
      const again = pageOf(await agent.submit(page, { username: 'dora', password: 'wrong' }))
      expect(has(again, 'input[name=password]')).toBe(true)
      expect(addressOf(await agent.submit(again, { username: 'dora', password: 'dora' })).searchParams.get('code')).toBeTruthy()
    })
  },
}

const signsOut: Rule = {
  language: 'ts',
  how: 'asks, and signs out',
  async run({ text }) {
    type Page = (server: RunningServer) => Readonly<Record<string, (request: Request) => Promise<Response>>>
    const { logoutPage } = (await importBlock(text)) as { logoutPage: Page }
    const store = memoryStore()
    const server = createAuthorizationServer({ issuer: ISSUER, encryptionKey: SECRET, store, users: { find: (sub) => ({ sub, active: true, claims: {} }) }, clients: [] })
    const logout = logoutPage(server)
    const cookie = 'c'.repeat(43)
    const now = Math.floor(Date.now() / 1_000)
    await store.commit([insert('session', digest(cookie), { sub: 'dora', sid: 'sid', auth_time: now, amr: ['pwd'], createdAt: now, expiresAt: now + 60 })])
    const answer = (request: Request) => (new URL(request.url).pathname === '/logout' ? logout[request.method]?.(request) : server.fetch(request)) ?? Promise.resolve(new Response(null, { status: 405 }))
    await answeredBy(answer, async () => {
      const agent = new UserAgent(ISSUER)
      await agent.jar.setCookie(`__Host-latchkey-session=${cookie}; Path=/; Secure`, ISSUER)
      const page = pageOf(await agent.visit(`${ISSUER}/end_session`))
      expect(pageOf(await agent.submit(page, { decision: 'deny' })).html.querySelector('h1')?.text).toBe('Still signed in')
      expect(await server.sessions.list('dora')).toHaveLength(1)
      expect(pageOf(await agent.submit(page, { decision: 'allow' })).html.querySelector('h1')?.text).toBe('Signed out')
      expect(await server.sessions.list('dora')).toEqual([])
    })
  },
}

const COMMANDS = ['npm start', 'npm run -s latchkey -- init', 'npm run -s latchkey -- check', 'npm run -s latchkey -- serve']

/** The commands that `npm run` would start, with what it would build first in its place. */
const commands: Rule = {
  language: 'sh',
  how: 'init, check and serve run with the built command; npm start runs in tools/fresh-clone.ts',
  async run({ text }) {
    expect(text.trim().split('\n').map((line) => line.replace(/\s*#.*/, ''))).toEqual(COMMANDS)
    const shell = openShell()
    const program = `'${process.execPath}' '${path.resolve(import.meta.dirname, '../../apps/server/dist/cli.js')}'`
    try {
      expect(await shell.run(`${program} init`)).toContain('Wrote')
      await shell.run(`${program} check`)
      const folder = (await shell.run('pwd')).trim()
      const port = await freePorts(1)
      const server = await run('apps/server/dist/cli.js', ['serve', '--port', String(port), '--issuer', `http://localhost:${port}`], { env: {}, cwd: folder, sign: '"listening"' })
      expect(await (await fetch(`http://localhost:${port}/.well-known/openid-configuration`)).json()).toMatchObject({ issuer: `http://localhost:${port}` })
      expect(await server.end('SIGTERM')).toBe(0)
    } finally {
      shell.close()
    }
  },
}

/** The server of the page about registration, in a folder where the command line finds its configuration. */
interface Registering {
  readonly issuer: string
  readonly folder: string
  stop(): Promise<void>
}

/** One server for the blocks of a page: the first writes its configuration, the last ends it. */
function registering(): readonly Rule[] {
  let server: Registering | undefined
  const shell = openShell()
  const here = (text: string): string => {
    if (server === undefined) throw new Error('no server was configured')
    const program = `'${process.execPath}' '${path.resolve(import.meta.dirname, '../../apps/server/dist/cli.js')}'`
    return `cd '${server.folder}'\n${text.replaceAll('npm run -s latchkey --', program).replaceAll(ISSUER, server.issuer)}`
  }
  return [
    {
      language: 'yaml',
      how: 'is a configuration that a server starts with',
      async run({ text }) {
        const port = await freePorts(1)
        const issuer = `http://localhost:${port}`
        const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-register-'))
        const configuration = { issuer, store: 'sqlite:./latchkey.db', encryptionKey: randomBytes(32).toString('base64'), users: [CAROL], ...(parse(text) as object) }
        writeFileSync(path.join(folder, 'latchkey.config.json'), JSON.stringify(configuration))
        const child = await run('apps/server/dist/cli.js', ['serve', '--port', String(port)], { env: {}, cwd: folder, sign: '"listening"' })
        server = {
          issuer,
          folder,
          async stop() {
            await child.end('SIGKILL')
            rmSync(folder, { recursive: true, force: true })
          },
        }
      },
    },
    {
      language: 'sh',
      how: 'makes an initial access token',
      async run({ text }) {
        expect(await shell.run(`${here(text)}\nprintf %s "$TOKEN"`)).toMatch(/^[\w-]{43}$/)
      },
    },
    {
      language: 'sh',
      how: 'registers a client with it',
      async run({ text }) {
        expect(JSON.parse(await shell.run(here(text)))).toMatchObject({ client_name: 'Photos', client_secret: expect.any(String), scope: 'openid profile email offline_access', registration_access_token: expect.any(String) })
      },
    },
    {
      language: 'sh',
      how: 'reads the registration, and ends it',
      async run({ text }) {
        expect(await shell.run(here(text))).toMatch(/^\{.*"client_name":"Photos".*\}204$/)
        shell.close()
        await server?.stop()
      },
    },
  ]
}

const testsAnApi: Rule = { language: 'ts', how: 'runs as a program', run: async ({ text }) => void (await runBlock(text).ended()) }

const signsInForTests: Rule = {
  language: 'ts',
  how: 'signs a user in, and tells what was refused',
  async run({ text }) {
    const { issuer, refusals } = (await importBlock(text)) as unknown as { issuer: TestIssuer; refusals: () => readonly string[] }
    try {
      const query = { client_id: 'web', response_type: 'code', redirect_uri: 'http://localhost:3000/auth/callback', scope: 'openid', code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' }
      const visit = (more: object) => new UserAgent(issuer.url).visit(`${issuer.url}/authorize?${new URLSearchParams({ ...query, ...more })}`)
      expect(addressOf(await visit({})).searchParams.get('code')).toBeTruthy()
      expect(addressOf(await visit({ scope: 'orders' })).searchParams.get('error')).toBe('invalid_scope')
      expect(refusals()).toHaveLength(1)
    } finally {
      await issuer.close()
    }
  },
}

/** The rules of the pages that are about running a server. */
export const rulesOfServers: Rules = {
  'server.md': [commands],
  'library.md': [mounted, signsIn, signsOut],
  'register.md': registering(),
  'testing.md': [testsAnApi, signsInForTests],
}
