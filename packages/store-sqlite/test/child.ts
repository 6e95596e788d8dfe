import { writeSync } from 'node:fs'
import { amend, find, insert } from '@latchkey/core'
import { sqliteStore } from '../src/index.ts'

/** A process of its own on a database file, told by its arguments what to do; it reports in lines on its standard output. */
const [role, path = '', name = '', rounds = '0'] = process.argv.slice(2)
const say = (line: string) => writeSync(1, `${line}\n`)
const consent = { client_id: 'web', scope: ['openid'], grantedAt: 1 }

/** Commits pairs of rows for ever, and names each pair once it is acknowledged. */
async function commitForEver(): Promise<never> {
  const store = sqliteStore(path)
  const lane = async (lane: number): Promise<never> => {
    for (let n = 0; ; n++) {
      const key = `${name}-${lane}-${n}`
      const outcome = await store.commit([insert('consent', `${key}-a`, { ...consent, sub: name }), insert('consent', `${key}-b`, { ...consent, sub: name })])
      if (outcome === 'committed') say(key)
    }
  }
  return Promise.race([0, 1, 2, 3].map(lane))
}

/** Races for the generations of one family, and names each it has won. */
async function race(): Promise<void> {
  const store = sqliteStore(path)
  say('ready')
  for (let known = 0; known < Number(rounds); ) {
    const { family } = await store.gather({ family: find('refresh_token', 'f') })
    if (family === undefined) throw new Error('the family is lost')
    known = family.generation
    if (known >= Number(rounds)) break
    const claim = insert('consent', `${name} ${known + 1}`, { ...consent, sub: 'winner' })
    if ((await store.commit([claim, amend(family, { generation: known + 1 })])) === 'committed') say(`won ${known + 1}`)
  }
  await store.close()
}

/** Changes two rows together, again and again. */
async function changeTogether(): Promise<void> {
  const store = sqliteStore(path)
  for (let round = 1; round <= Number(rounds); round++) {
    const { x, y } = await store.gather({ x: find('consent', 'x'), y: find('consent', 'y') })
    if (x !== undefined && y !== undefined) await store.commit([amend(x, { grantedAt: round }), amend(y, { grantedAt: round })])
  }
  await store.close()
}

/** Opens the database and closes it. */
async function visit(): Promise<void> {
  await sqliteStore(path).close()
}

const roles: Readonly<Record<string, () => Promise<void>>> = { commitForEver, race, changeTogether, visit }
await roles[role ?? '']?.()
