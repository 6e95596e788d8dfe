import { copyFileSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { type Demo, SECRETS, startDemo } from '../running/demo.ts'
import { signIn, UserAgent } from '../running/user-agent.ts'
import { authorizationUrl, type Caller, callerAt, firstToken, goesOn, type Grant, live, type Losses, outcomeOf, Unexplained } from './journal.ts'
import type { Told } from './report.ts'

const LANES = 8
/** So many grants are used on after every kill, for as long as the run takes. */
const MOST_ELDERS = 16
const LONGEST_LIFE = 400

/** What came of killing a server again and again. */
export interface KillLine extends Losses {
  readonly store: string
  readonly kills: number
  /** Grants whose fate was looked at, and how many of them were under way at a kill. */
  readonly grants: number
  readonly underWay: number
  /** Milliseconds from the start of a process to its first token, of every start. */
  readonly starts: readonly number[]
}

/** What is done to the database around a kill. */
export interface Meddling {
  /** While clients are served. */
  under(database: string): void
  /** Between the kill and the start. */
  after(database: string): void
}

/** Puts the database back to where it was a moment before the kill, as a store does that acknowledges too early. */
export const FORGETTING: Meddling = {
  under(database) {
    const file = new DatabaseSync(database)
    rmSync(`${database}.old`, { force: true })
    file.exec(`VACUUM INTO '${database}.old'`)
    file.close()
  },
  after(database) {
    for (const companion of ['-wal', '-shm']) rmSync(`${database}${companion}`, { force: true })
    copyFileSync(`${database}.old`, database)
  },
}

/** Kills the server of the demo this often under load, and compares what clients noted with what is there afterwards. */
export async function kills(count: number, { name, url = '', meddling }: { readonly name: string; readonly url?: string; readonly meddling?: Meddling }, tell: Told): Promise<KillLine> {
  const demo = await startDemo({ store: url })
  const outcomes = new Map<string, number>()
  const starts: number[] = []
  let [grants, underWay] = [0, 0]
  const elders: Grant[] = []
  try {
    const caller = await callerOf(demo)
    for (let kill = 1; kill <= count; kill++) {
      const { journal, faults } = await loadAndKill(demo, caller, meddling)
      for (const fault of faults) note(outcomes, fault)
      const since = performance.now()
      await demo.again()
      starts.push(await firstToken(demo, SECRETS.service, since))
      for (const elder of elders) if (!(await goesOn(elder, caller))) note(outcomes, 'lost')
      grants += journal.length
      underWay += journal.filter(({ state }) => state.endsWith('ing')).length
      // The oldest that nothing was under way for are left alive, and are used on after later kills.
      const spared = journal.filter(({ state }) => state === 'held').slice(0, Math.min(2, MOST_ELDERS - elders.length))
      for (const grant of spared) note(outcomes, (await goesOn(grant, caller)) ? 'kept' : 'lost')
      elders.push(...spared)
      await inLanes(journal.filter((grant) => !spared.includes(grant)), async (grant) => note(outcomes, await outcomeOf(grant, caller)))
      if (kill % Math.max(1, Math.floor(count / 20)) === 0 || kill === count) tell(`${name}: ${kill} of ${count} kills, ${grants} grants, ${underWay} under way; ${[...outcomes].map(([outcome, times]) => `${times} ${outcome}`).join(', ')}`)
    }
  } finally {
    await demo.stop()
  }
  const { kept: _, lost = 0, doubled = 0, undone = 0, ...others } = Object.fromEntries(outcomes)
  return { store: name, kills: count, grants, underWay, starts, lost, doubled, undone, faults: Object.entries(others).map(([fault, times]) => `${fault} (${times})`) }
}

const note = (outcomes: Map<string, number>, outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)

async function callerOf(demo: Demo): Promise<Caller> {
  const agent = new UserAgent(demo.issuer)
  await signIn(agent, authorizationUrl(demo, { prompt: 'consent' }))
  return callerAt(demo, await agent.jar.getCookieString(demo.issuer))
}

async function loadAndKill(demo: Demo, caller: Caller, meddling?: Meddling): Promise<{ readonly journal: readonly Grant[]; readonly faults: readonly string[] }> {
  const journal: Grant[] = []
  const ends = Array.from({ length: LANES }, () => live(caller, journal).catch((reason: unknown) => reason))
  if (meddling !== undefined) {
    await pause(LONGEST_LIFE / 2)
    meddling.under(demo.database)
  }
  await pause(20 + Math.random() * LONGEST_LIFE)
  await demo.server().end('SIGKILL')
  const reasons = await Promise.all(ends)
  meddling?.after(demo.database)
  return { journal, faults: reasons.flatMap((reason) => (reason instanceof Unexplained ? reason.message : [])) }
}

async function inLanes<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const lane = async (): Promise<void> => {
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) await act(item)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}
