import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { among, find, insert } from '@latchkey/core'
import Sqlite from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { sqliteStore } from '../src/index.ts'
import { startChild } from './processes.ts'

const directory = mkdtempSync(join(tmpdir(), 'latchkey-processes-'))
afterAll(() => {
  rmSync(directory, { recursive: true })
})

describe('several processes on one file', () => {
  it('race for a row: one winner each time, and no errors', async () => {
    const path = join(directory, 'race.db')
    const rounds = 300
    const store = sqliteStore(path)
    await store.commit([insert('refresh_token', 'f', { client_id: 'web', authorization: 'a', sub: 'alice', scope: [], resource: [], generation: 0, startedAt: 1, expiresAt: 2 })])
    const racers = ['one', 'two', 'three'].map((name) => startChild('race', path, name, String(rounds)))
    const ends = await Promise.all(racers.map(({ ended }) => ended))
    expect(ends).toEqual(ends.map(() => ({ code: 0, complaints: '' })))
    const won = racers.flatMap(({ lines }) => lines()).filter((line) => line.startsWith('won'))
    expect(new Set(won).size).toBe(rounds)
    expect(won).toHaveLength(rounds)
    const { family, winners } = await store.gather({ family: find('refresh_token', 'f'), winners: among('consent', 'sub', 'winner') })
    expect([family?.generation, winners.length]).toEqual([rounds, rounds])
    await store.close()
  }, 60_000)

  it('never see half of what another commits', async () => {
    const path = join(directory, 'together.db')
    const store = sqliteStore(path)
    const consent = { client_id: 'web', sub: 'alice', scope: [], grantedAt: 0 }
    await store.commit([insert('consent', 'x', consent), insert('consent', 'y', consent)])
    const writer = startChild('changeTogether', path, '', '3000')
    let over = false
    void writer.ended.finally(() => (over = true))
    const seen = new Set<number>()
    let torn = 0
    while (!over) {
      for (let times = 0; times < 50; times++) {
        const { x, y } = await store.gather({ x: find('consent', 'x'), y: find('consent', 'y') })
        if (x?.grantedAt !== y?.grantedAt) torn++
        seen.add(x?.grantedAt ?? -1)
      }
      await pause(0)
    }
    expect(await writer.ended).toEqual({ code: 0, complaints: '' })
    expect(torn).toBe(0)
    expect(seen.size).toBeGreaterThan(10)
    await store.close()
  }, 60_000)

  it('open a file that does not exist yet at the same time', async () => {
    for (let round = 0; round < 3; round++) {
      const path = join(directory, `fresh ${round}`, 'new.db')
      const ends = await Promise.all(Array.from({ length: 6 }, () => startChild('visit', path).ended))
      expect(ends).toEqual(ends.map(() => ({ code: 0, complaints: '' })))
    }
  }, 60_000)

  it('lose nothing that was acknowledged when one is killed, and leave nothing half done', async () => {
    const path = join(directory, 'killed.db')
    for (let kill = 0; kill < 20; kill++) {
      const child = startChild('commitForEver', path, `life${kill}`)
      while (child.lines().length === 0) await pause(5)
      await pause(Math.random() * 40)
      child.process.kill('SIGKILL')
      await child.ended
      const acknowledged = child.lines()
      const store = sqliteStore(path)
      const { rows } = await store.gather({ rows: among('consent', 'sub', `life${kill}`) })
      await store.close()
      const keys = new Set(rows.map(({ key }) => key))
      expect(acknowledged.flatMap((key) => [`${key}-a`, `${key}-b`]).filter((key) => !keys.has(key))).toEqual([])
      expect([...keys].filter((key) => !keys.has(key.replace(/.$/, (end) => (end === 'a' ? 'b' : 'a'))))).toEqual([])
    }
    const database = new Sqlite(path)
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
    database.close()
  }, 120_000)
})
