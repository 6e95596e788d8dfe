import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePorts } from '../../../tests/running/child.ts'
import { type Postgres, startPostgres } from '../../../tests/running/postgres.ts'
import { begin, emptyFolder, ran, type Running } from './terminal.ts'

// Starting makes an RSA key, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let postgres: Postgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.end())

const started: Running[] = []
afterEach(async () => {
  for (const running of started.splice(0)) {
    running.stop()
    await running.ended
  }
})

async function serving(flags: readonly string[], { cwd, env = {}, isInteractive = false }: { cwd: string; env?: Record<string, string>; isInteractive?: boolean }) {
  const port = await freePorts(1)
  const running = begin(['serve', '--port', String(port), ...flags], { cwd, env, isInteractive })
  started.push(running)
  await vi.waitFor(() => expect(running.out()).toMatch(isInteractive ? /Latchkey is up/ : /"listening"/), { timeout: 30_000 })
  return { running, origin: `http://localhost:${port}` }
}

describe('a server on PostgreSQL', () => {
  it('shares its keys with another server, and shows no password', async () => {
    const [cwd, url] = [emptyFolder(), await postgres.createDatabase()]
    const { host, pathname, password } = new URL(url)
    const file = path.join(cwd, 'store.url')
    writeFileSync(file, `${url}\n`)
    const one = await serving(['--store', url], { cwd, isInteractive: true })
    const other = await serving([], { cwd, env: { LATCHKEY_STORE_FILE: file } })
    const keys = await Promise.all([one, other].map(async ({ origin }) => (await fetch(`${origin}/jwks`)).text()))
    expect(keys[0]).toBe(keys[1])
    expect(one.running.out()).toContain(`postgres://${host}${pathname}`)
    const said = one.running.out() + one.running.err() + other.running.out() + other.running.err()
    expect(said.split('\n').find((line) => line.includes('"listening"'))).toContain(`"store":"postgres://${host}${pathname}"`)
    expect([password === '', said.includes(password)]).toEqual([false, false])
  })

  it.each([
    ['no such port', (url: URL) => Object.assign(url, { port: '1' }), 'nobody listens there'],
    ['a wrong password', (url: URL) => Object.assign(url, { password: 'not-the-password' }), 'it refuses the user or the password'],
    ['no such database', (url: URL) => Object.assign(url, { pathname: '/nowhere' }), 'there is no database of that name'],
  ])('does not start with %s, and says why without the password', async (_, change, reason) => {
    const url = change(new URL(await postgres.createDatabase()))
    const { code, err, out } = await ran(['serve', '--store', url.href, '--port', '0'], { cwd: emptyFolder() })
    expect([code, err]).toEqual([1, expect.stringMatching(new RegExp(`^Latchkey did not start: can not open the database \\S+ at \\S+: ${reason}\n$`))])
    expect(err + out).not.toContain(url.password)
  })
})
