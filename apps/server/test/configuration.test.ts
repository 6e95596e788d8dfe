import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasFindings, loadConfiguration } from '../src/config/load.ts'
import { configurationJsonSchema } from '../src/config/json-schema.ts'
import { parseDuration } from '../src/config/duration.ts'
import { BAD, GOOD, web } from './bad-configurations.ts'
import { STANDARD_CLAIMS } from './standard-claims.ts'
import { emptyFolder } from './terminal.ts'

async function loaded(text: string, name = 'latchkey.config.json', env: Record<string, string> = {}) {
  const folder = emptyFolder()
  writeFileSync(path.join(folder, name), text)
  return loadConfiguration({}, env, folder)
}

async function findingsOf(text: string, name?: string, env?: Record<string, string>) {
  const outcome = await loaded(text, name, env)
  return hasFindings(outcome) ? outcome.findings : []
}

async function configurationOf(text: string, name?: string, env?: Record<string, string>) {
  const outcome = await loaded(text, name, env)
  if (hasFindings(outcome)) throw new Error(JSON.stringify(outcome.findings))
  return outcome.configuration
}

const good = JSON.stringify(GOOD)

describe('a configuration that can not stand', () => {
  it('is the only thing that has findings', async () => {
    expect(await findingsOf(good)).toEqual([])
  })

  it.each(BAD)('%j is refused at %s: %s', async (changes, where, text) => {
    const findings = await findingsOf(JSON.stringify({ ...GOOD, ...changes }))
    expect(findings.filter(({ path: at }) => at === where).map(({ reason, remedy }) => `${reason}; ${remedy}`)).toEqual([expect.stringContaining(text)])
    expect(findings).toHaveLength(1)
  })

  it('has all findings told at once, whichever part they are in', async () => {
    const bad = { ...GOOD, issuer: 'http://login.example.com', store: 'x', typo: 1, clients: [{ client_id: 'u-1', profle: 'oidc', redirect_uris: ['*'] }], users: [{ ...GOOD.users[0], locked: 'no' }] }
    const findings = await findingsOf(JSON.stringify(bad))
    expect(findings.map(({ path: at }) => at).toSorted()).toEqual(['clients[0].client_id', 'clients[0].client_secret', 'clients[0].profle', 'clients[0].redirect_uris[0]', 'issuer', 'store', 'typo', 'users[0].locked'])
  })

  it.each([[''], ['[]'], ['null'], ['7'], ['"x"'], ['{'], ['{} {}'], ['\u0000']])('%j is refused without a fault', async (text) => {
    expect(await findingsOf(text)).not.toEqual([])
  })
})

describe('files', () => {
  it('tells line and column of what is not JSON', async () => {
    expect(await findingsOf('{\n  "issuer": "x"\n  "store": "y"\n}')).toMatchObject([{ path: 'line 3, column 3', reason: 'a comma is expected' }])
    expect(await findingsOf('{\n  // a comment\n  "issuer": "x"\n}')).toMatchObject([{ path: 'line 2, column 3', reason: 'JSON has no comments' }])
    expect(await findingsOf('{"issuer": "x", "clients": [{"a": 1, "a": 2}]}')).toMatchObject([{ path: 'line 1, column 38', reason: 'the key "a" is given twice' }])
  })

  it('tells line and column of what is not YAML', async () => {
    expect(await findingsOf('issuer: "x\nstore: y\n', 'latchkey.config.yaml')).toMatchObject([{ path: expect.stringMatching(/^line \d+, column \d+$/) }])
    expect(await findingsOf('issuer: x\nissuer: y\n', 'latchkey.config.yml')).toMatchObject([{ path: 'line 2, column 1', reason: 'Map keys must be unique' }])
  })

  it('does not follow YAML aliases without end', async () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefgh'.split('').map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[at]}`).join(',')}]`)].join('\n')
    expect(await findingsOf(bomb, 'latchkey.config.yaml')).toMatchObject([{ reason: 'has aliases that can not be followed' }])
  })

  it.each(['latchkey.config.ts', 'latchkey.config.mjs'])('runs %s', async (name) => {
    expect(await configurationOf(`export default ${good}`, name)).toMatchObject({ issuer: 'https://login.example.com' })
    expect(await findingsOf('export const x = 1', name)).toMatchObject([{ reason: 'has no default export' }])
    expect(await findingsOf('throw new TypeError("no\\nstack")', name)).toMatchObject([{ reason: 'could not be run: TypeError: no' }])
  })

  it('refuses a file that is not there, and two that are', async () => {
    const folder = emptyFolder()
    expect(await loadConfiguration({ config: 'none.yaml' }, {}, folder)).toMatchObject({ findings: [{ path: path.join(folder, 'none.yaml'), reason: 'does not exist' }] })
    writeFileSync(path.join(folder, 'latchkey.config.json'), good)
    writeFileSync(path.join(folder, 'latchkey.config.yaml'), good)
    expect(await loadConfiguration({}, {}, folder)).toMatchObject({ findings: [{ path: 'latchkey.config.yaml' }] })
    expect(await loadConfiguration({ config: 'latchkey.config.yaml' }, {}, folder)).toMatchObject({ configuration: { issuer: GOOD.issuer } })
  })

  it('reads secrets from files beside the configuration', async () => {
    const folder = emptyFolder()
    writeFileSync(path.join(folder, 'client.secret'), `${web.client_secret}\n`)
    writeFileSync(path.join(folder, 'latchkey.key'), `${'0123456789abcdef'.repeat(4)}\n`)
    const written = { ...GOOD, store: 'sqlite:data/x.db', encryptionKeyFile: 'latchkey.key', clients: [{ ...web, client_secret: undefined, client_secret_file: './client.secret' }] }
    writeFileSync(path.join(folder, 'my.json'), JSON.stringify(written))
    const outcome = await loadConfiguration({ config: path.join(folder, 'my.json') }, {}, emptyFolder())
    expect(outcome).toMatchObject({ configuration: { store: { kind: 'sqlite', file: path.join(folder, 'data/x.db') }, encryptionKey: { kind: 'given', text: '0123456789abcdef'.repeat(4) }, clients: [{ client_secret: web.client_secret }] } })
  })

  it('holds a secret from a file against those of the demo', async () => {
    const folder = emptyFolder()
    writeFileSync(path.join(folder, 's'), 'web-secret-for-the-demo-only-0001')
    writeFileSync(path.join(folder, 'latchkey.config.json'), JSON.stringify({ ...GOOD, clients: [{ ...GOOD.clients[0], client_secret: undefined, client_secret_file: 's' }] }))
    expect(await loadConfiguration({}, {}, folder)).toMatchObject({ findings: [{ path: 'clients[0].client_secret', reason: 'is a secret of the demo, which everyone knows' }] })
  })
})

describe('flags and environment', () => {
  it('win over the file, flags over the environment', async () => {
    const folder = emptyFolder()
    writeFileSync(path.join(folder, 'latchkey.config.json'), good)
    const env = { LATCHKEY_ISSUER: 'https://env.example.com', LATCHKEY_PORT: '4800', LATCHKEY_STORE: '' }
    expect(await loadConfiguration({}, env, folder)).toMatchObject({ configuration: { issuer: 'https://env.example.com', listen: { port: 4800 }, store: { kind: 'memory' } } })
    expect(await loadConfiguration({ issuer: 'https://flag.example.com', port: '4900' }, env, folder)).toMatchObject({ configuration: { issuer: 'https://flag.example.com', listen: { port: 4900 } } })
  })

  it.each([
    [{ LATCHKEY_PORT: 'http' }, 'LATCHKEY_PORT', 'is no port'],
    [{ LATCHKEY_PORT: '65536' }, 'LATCHKEY_PORT', 'is no port'],
    [{ LATCHKEY_ISSUER: 'http://example.com' }, 'LATCHKEY_ISSUER', 'is plain http to another machine, so that tokens and passwords can be read on the way'],
    [{ LATCHKEY_STORE: 'postgres://x' }, 'LATCHKEY_STORE', 'names no database'],
    [{ LATCHKEY_WORKERS: '4' }, 'LATCHKEY_WORKERS', 'asks for several workers, and each would have a memory of its own'],
    [{ LATCHKEY_WORKERS: 'x' }, 'LATCHKEY_WORKERS', 'is no number of workers'],
    [{ LATCHKEY_ENCRYPTION_KEY: 'weak' }, 'LATCHKEY_ENCRYPTION_KEY', 'is not 32 bytes in base64, base64url or hexadecimal'],
    [{ LATCHKEY_ENCRYPTION_KEY: 'weak', LATCHKEY_ENCRYPTION_KEY_FILE: 'x' }, 'LATCHKEY_ENCRYPTION_KEY_FILE', 'stands beside LATCHKEY_ENCRYPTION_KEY'],
  ])('%j is refused by its own name', async (env, where, reason) => {
    expect(await findingsOf(good, undefined, env as Record<string, string>)).toMatchObject([{ path: where, reason }])
  })

  it('listens on the loopback address for a loopback issuer, on every address otherwise', async () => {
    expect((await configurationOf(good)).listen).toEqual({ port: 4700 })
    expect((await configurationOf(good, undefined, { LATCHKEY_ISSUER: 'http://localhost:4444' })).listen).toEqual({ host: '127.0.0.1', port: 4444 })
    expect((await configurationOf(good, undefined, { LATCHKEY_ISSUER: 'http://[::1]:4444' })).listen).toEqual({ host: '::1', port: 4444 })
  })
})

describe('advice', () => {
  it('names what can stand but should not', async () => {
    const outcome = await loaded(JSON.stringify({ ...GOOD, keys: { announceFor: '1h' }, clients: [{ ...GOOD.clients[0], profile: 'oidc', redirect_uris: ['http://localhost:3000/cb'] }] }))
    expect('advice' in outcome ? outcome.advice.map(({ path: at }) => at) : []).toEqual(['store', 'keys.announceFor', 'clients[0].profile', 'clients[0].client_secret', 'clients[0].redirect_uris[0]'])
  })
  it('tells that a client mixes code with the front channel', async () => {
    const hybrid = { ...GOOD.clients[0], profile: 'oidc', policy: { pkce: 'required' }, grant_types: ['authorization_code', 'implicit'] }
    const advised = async (response_types: readonly string[]) => {
      const outcome = await loaded(JSON.stringify({ ...GOOD, clients: [{ ...hybrid, response_types }] }))
      return 'advice' in outcome ? outcome.advice.map(({ path: at }) => at) : []
    }
    expect(await advised(['code', 'code id_token'])).toContain('clients[0].response_types')
    expect(await advised(['code id_token'])).not.toContain('clients[0].response_types')
  })
})

describe('the demo', () => {
  it('stands in where there is no configuration file, on the port that is asked for', async () => {
    const folder = emptyFolder()
    const outcome = await loadConfiguration({ port: '4999' }, { LATCHKEY_EXAMPLE_SPA_PORT: '5001' }, folder)
    if (hasFindings(outcome)) throw new Error(JSON.stringify(outcome.findings))
    const { issuer, isDemo, clients, users, store, encryptionKey } = outcome.configuration
    expect({ issuer, isDemo, store, encryptionKey }).toEqual({
      issuer: 'http://localhost:4999',
      isDemo: true,
      store: { kind: 'sqlite', file: path.join(folder, 'data/latchkey.db') },
      encryptionKey: { kind: 'demo file', file: path.join(folder, 'data/demo-encryption.key') },
    })
    expect(clients.map(({ client_id, redirect_uris }) => [client_id, redirect_uris])).toEqual([
      ['spa', ['http://localhost:5001/callback']],
      ['web', ['http://localhost:5002/callback', 'http://localhost:5002/auth/callback']],
      ['service', undefined],
      ['tv', undefined],
      ['cli', ['http://127.0.0.1/callback']],
    ])
    expect(clients.find(({ client_id }) => client_id === 'web')).toMatchObject({ response_types: ['code', 'code id_token'], grant_types: ['authorization_code', 'implicit', 'refresh_token'], profile: 'oidc', policy: { pkce: 'required' } })
    const claims: readonly string[] = STANDARD_CLAIMS
    expect(users.map((user) => [user.username, user.password, Object.keys(user.claims ?? {}).toSorted()])).toEqual([['alice', 'alice', claims.toSorted()], ['bob', 'bob', claims.toSorted()]])
  })

  it('is refused on an issuer that others can reach, secret for secret', async () => {
    const outcome = await loadConfiguration({ issuer: 'https://login.example.com' }, {}, emptyFolder())
    expect(hasFindings(outcome) && outcome.findings.map(({ path: at }) => at)).toEqual(['demo', 'clients[1].client_secret', 'clients[2].client_secret', 'users[0].password', 'users[1].password'])
  })
})

describe('the published JSON Schema', () => {
  it('is up to date', () => {
    expect(readFileSync(new URL('../../../packages/server/config.schema.json', import.meta.url), 'utf8') === configurationJsonSchema(), 'run pnpm --filter latchkey schema').toBe(true)
  })

  it('describes every property outside the claims', () => {
    const bare: string[] = []
    const walk = (schema: Record<string, unknown>, at: string): void => {
      for (const [name, property] of Object.entries((schema['properties'] ?? {}) as Record<string, Record<string, unknown>>)) {
        if (at.endsWith('.claims')) continue
        if (property['description'] === undefined) bare.push(`${at}.${name}`)
        walk(property, `${at}.${name}`)
        if (property['items'] !== undefined) walk(property['items'] as Record<string, unknown>, `${at}.${name}[]`)
      }
    }
    walk(JSON.parse(configurationJsonSchema()) as Record<string, unknown>, '')
    expect(bare).toEqual([])
  })
})

describe('lengths of time', () => {
  it.each([['90d', 7_776_000], ['1h', 3_600], ['15m', 900], ['30s', 30], [60, 60], ['0s', 0]])('%s is %d seconds', (written, seconds) => {
    expect(parseDuration(written)).toBe(seconds)
  })

  it.each(['', 'd', '1w', '1.5h', '-1h', '1 h', ' 1h', '1h ', '1H', '1e3', '99999999999s', '3651d'])('%j is none', (written) => {
    expect(parseDuration(written)).toBeUndefined()
  })
})
