import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasFindings, loadConfiguration } from '../src/config/load.ts'
import { GOOD, web } from './bad-configurations.ts'
import { emptyFolder, ran } from './terminal.ts'

const ESCAPE = '\u001b['

function folderWith(configuration: object): string {
  const cwd = emptyFolder()
  writeFileSync(path.join(cwd, 'latchkey.config.json'), JSON.stringify(configuration))
  return cwd
}

describe('latchkey', () => {
  it.each([[['--help']], [['serve', '--help']], [['init', '--help']], [['check', '--help']], [['token', '--help']], [['help', 'serve']]])('%j explains itself and ends with 0', async (argv) => {
    expect(await ran(argv, { cwd: emptyFolder() })).toMatchObject({ code: 0, out: expect.stringContaining('Usage: latchkey'), err: '' })
  })

  it('tells its version', async () => {
    expect(await ran(['--version'], { cwd: emptyFolder() })).toEqual({ code: 0, out: '1.2.3\n', err: '' })
  })

  it.each([[[]], [['frobnicate']], [['serve', '--prot', '1']], [['check', 'extra']], [['serve', '--port']]])('%j is called wrongly and ends with 2', async (argv) => {
    expect(await ran(argv, { cwd: emptyFolder() })).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/error:|Usage:/) })
  })
})

describe('latchkey check', () => {
  it('ends with 0 for what can stand, with advice', async () => {
    const { code, out, err } = await ran(['check'], { cwd: folderWith(GOOD) })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('No problems in')
    expect(out).toContain('\n1 warning\n')
    expect(out).toContain('\n1 piece of advice\n')
  })

  it('ends with 1 for advice when it is to be strict, and with 0 without', async () => {
    const cwd = folderWith(GOOD)
    expect(await ran(['check', '--strict'], { cwd })).toMatchObject({ code: 1, out: expect.stringContaining('1 warning'), err: 'Not good enough for --strict: 2 things could be better.\n' })
    const strict = await ran(['check', '--strict', '--json'], { cwd })
    expect([strict.code, JSON.parse(strict.out)]).toMatchObject([1, { ok: false, findings: [], advice: [{ severity: 'warning', path: 'store' }, { severity: 'advice', path: 'clients[0].client_secret' }] }])
    const lax = await ran(['check', '--json'], { cwd })
    expect([lax.code, JSON.parse(lax.out)]).toMatchObject([0, { ok: true, advice: [{ path: 'store' }, { path: 'clients[0].client_secret' }] }])
    const fresh = emptyFolder()
    await ran(['init'], { cwd: fresh })
    expect(await ran(['check', '--strict'], { cwd: fresh })).toMatchObject({ code: 0, err: '' })
  })

  it('ends with 1 and says everything, without a stack and without colours', async () => {
    const { code, out, err } = await ran(['check'], { cwd: folderWith({ ...GOOD, isuer: 'x', store: 'y' }) })
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^2 problems in /)
    expect(err).toContain('  isuer is not a known key\n    → did you mean issuer?\n')
    expect(err).not.toMatch(/\n\s+at /)
    expect(err).not.toContain(ESCAPE)
  })

  it('speaks JSON to programs', async () => {
    const { code, out } = await ran(['check', '--json'], { cwd: folderWith({ ...GOOD, store: 'y' }) })
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ ok: false, findings: [{ severity: 'error', path: 'store', reason: 'is not a store that Latchkey knows' }], advice: [] })
  })

  it('colours for people, unless they said NO_COLOR', async () => {
    const cwd = folderWith({ ...GOOD, store: 'y' })
    expect((await ran(['check'], { cwd, isInteractive: true })).err).toContain(ESCAPE)
    expect((await ran(['check'], { cwd, isInteractive: true, env: { NO_COLOR: '1' } })).err).not.toContain(ESCAPE)
  })

  it('shows what would steer a terminal as text, and no secret', async () => {
    const { err } = await ran(['check'], { cwd: folderWith({ ...GOOD, 'a\u001b[2Jb': 1, encryptionKey: 'sup3r-secret', clients: [{ ...GOOD.clients[0], scope: 'x\u202e' }] }) })
    expect(err).not.toContain('\u001b')
    expect(err).not.toContain('\u202e')
    expect(err).toContain('a\\u001b[2Jb')
    expect(err).not.toContain('sup3r-secret')
    expect(err).not.toContain(web.client_secret)
  })
})

describe('latchkey init', () => {
  it.each([[[], 'latchkey.config.yaml'], [['--json'], 'latchkey.config.json']])('%j writes %s, which can stand', async (flags, name) => {
    const cwd = emptyFolder()
    const { code, out } = await ran(['init', ...flags], { cwd })
    expect(code).toBe(0)
    expect(readdirSync(cwd).toSorted()).toEqual([name, 'latchkey.key'])
    expect(readdirSync(cwd).map((file) => statSync(path.join(cwd, file)).mode & 0o777)).toEqual([0o600, 0o600])
    const outcome = await loadConfiguration({}, {}, cwd)
    if (hasFindings(outcome)) throw new Error(JSON.stringify(outcome.findings))
    expect(outcome.advice).toEqual([])
    for (const secret of [outcome.configuration.users[0]?.password, outcome.configuration.clients[0]?.client_secret, readFileSync(path.join(cwd, 'latchkey.key'), 'utf8').trim()]) {
      expect(secret?.length).toBeGreaterThanOrEqual(16)
      expect(out).not.toContain(secret)
    }
  })

  it('makes other secrets each time', async () => {
    const [one, other] = [emptyFolder(), emptyFolder()]
    await ran(['init'], { cwd: one })
    await ran(['init'], { cwd: other })
    const secretsIn = (cwd: string) => readFileSync(path.join(cwd, 'latchkey.config.yaml'), 'utf8').match(/(?<=(?:password|client_secret): ").*(?=")/g) ?? []
    expect(new Set([...secretsIn(one), ...secretsIn(other)]).size).toBe(4)
  })

  it('replaces a configuration only by force, and the key never', async () => {
    const cwd = emptyFolder()
    await ran(['init'], { cwd })
    const read = (name: string) => readFileSync(path.join(cwd, name), 'utf8')
    const [configuration, key] = [read('latchkey.config.yaml'), read('latchkey.key')]
    expect(await ran(['init'], { cwd })).toMatchObject({ code: 1, out: '', err: expect.stringContaining('--force') })
    expect(await ran(['init', '--json'], { cwd })).toMatchObject({ code: 1, err: expect.stringContaining('ambiguous') })
    expect(read('latchkey.config.yaml')).toBe(configuration)
    expect(await ran(['init', '--force'], { cwd })).toMatchObject({ code: 0 })
    expect(read('latchkey.config.yaml')).not.toBe(configuration)
    expect(read('latchkey.key')).toBe(key)
  })
})
