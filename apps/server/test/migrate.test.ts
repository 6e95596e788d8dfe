import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Postgres, startPostgres } from '../../../tests/running/postgres.ts'
import { emptyFolder, ran } from './terminal.ts'

let postgres: Postgres
let url: string
beforeAll(async () => {
  postgres = await startPostgres()
  url = await postgres.createDatabase()
})
afterAll(() => postgres.end())

describe('latchkey migrate', () => {
  it('brings an empty SQLite file to the newest format, and leaves it there', async () => {
    const cwd = emptyFolder()
    const file = path.join(cwd, 'new.db')
    expect(await ran(['migrate', '--store', 'sqlite:./new.db'], { cwd })).toEqual({ code: 0, out: `${file} was at format 0 and is at 1 now.\n`, err: '' })
    expect(await ran(['migrate', '--store', 'sqlite:./new.db', '--to', '1'], { cwd })).toEqual({ code: 0, out: `${file} is at format 1 already.\n`, err: '' })
  })

  it('brings an empty PostgreSQL database there, and says so without the password', async () => {
    const { host, pathname, password } = new URL(url)
    const { code, out } = await ran(['migrate', '--json'], { cwd: emptyFolder(), env: { LATCHKEY_STORE: url } })
    expect([code, JSON.parse(out)]).toEqual([0, { ok: true, store: `postgres://${host}${pathname}`, from: 0, to: 1 }])
    expect(out).not.toContain(password)
  })

  it('takes the store from the configuration', async () => {
    const cwd = emptyFolder()
    writeFileSync(path.join(cwd, 'latchkey.config.json'), JSON.stringify({ issuer: 'https://login.example.com', store: 'sqlite:./kept.db', encryptionKey: '0123456789abcdef'.repeat(4) }))
    expect(await ran(['migrate'], { cwd })).toMatchObject({ code: 0, out: expect.stringContaining('kept.db was at format 0') as unknown })
  })

  it.each([
    ['a format that is none', ['--store', 'sqlite:./a.db', '--to', '99'], 'there is no format 99; this version knows 1 to 1'],
    ['a format that is no number', ['--store', 'sqlite:./a.db', '--to', 'x'], '--to x is no number of a format'],
    ['a store that keeps nothing', ['--store', 'memory:'], 'memory: keeps nothing'],
    ['a store that is none', ['--store', 'mysql:x'], '1 problem'],
  ])('ends with 1 for %s, in words and in JSON', async (_, flags, reason) => {
    const cwd = emptyFolder()
    expect(await ran(['migrate', ...flags], { cwd })).toMatchObject({ code: 1, out: '', err: expect.stringContaining(reason) as unknown })
    const { code, out } = await ran(['migrate', '--json', ...flags], { cwd })
    expect([code, JSON.parse(out)]).toMatchObject([1, { ok: false, reason: expect.stringContaining(reason) as unknown }])
  })
})
