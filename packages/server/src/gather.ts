import { type Among, type Claimed, type Fact, type Find, type Known, type Need, type Needs, type Ours, type Presented, type RecordNeed, type RecordNeeds, sameDigest } from '@latchkey/core'
import { claimsOfText } from './access-token.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { subjectIn } from './subjects.ts'
import { reached } from './reached.ts'

const NOTHING = Object.freeze({})

/** Meets all needs of a decision: rows from the store as one snapshot, accounts from the users port, seals from the keys. */
export async function gather<N extends Needs>(needs: N, server: AuthorizationServer): Promise<Known<N>> {
  const named = Object.entries(needs)
  if (named.length === 0) return NOTHING as Known<N>
  const tokens: Record<string, unknown> = {}
  for (const [name, need] of named) if (need.need === 'ours' || need.need === 'presented') tokens[name] = await claimsIn(need, server)
  const rows = Object.fromEntries(named.flatMap(([name, need]) => (isRecordNeed(need) ? [[name, need]] : need.need === 'claimed' ? [[name, asked(need, tokens)]] : [])))
  const found = Object.keys(rows).length === 0 ? NOTHING : await reached(() => server.store.gather<RecordNeeds>(rows))
  const known: Record<string, unknown> = { ...tokens, ...found }
  for (const [name, need] of named) {
    if (need.need === 'sealed') known[name] = need.text !== '' && sameDigest(server.keys.seal(need.text), need.seal)
    if (need.need === 'fact') known[name] = await answered(need)
    if (need.need === 'subject') known[name] = subjectBehind(known[need.via], need.sector, server)
    if (need.need === 'account') known[name] = await reached(() => accountBehind(known[need.via], server))
  }
  return known as Known<N>
}

function claimsIn(need: Ours | Presented, server: AuthorizationServer): Promise<Readonly<Record<string, unknown>> | undefined> {
  const text = need.need === 'ours' ? need.jwt : need.text
  if (text === '') return Promise.resolve(undefined)
  return need.need === 'ours' ? server.keys.verify(text, need.typ) : claimsOfText(text, server)
}

function asked({ via, ask }: Claimed, tokens: Readonly<Record<string, unknown>>): Find | Among {
  return ask((tokens[via] ?? NOTHING) as Readonly<Record<string, unknown>>)
}

const FACT_TIMEOUT_MS = 5_000

/** What an extension answers, in time. Its fault is a fault of the server: nothing is issued. */
async function answered({ answer }: Fact): Promise<unknown> {
  const signal = AbortSignal.timeout(FACT_TIMEOUT_MS)
  const late = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('an extension did not answer in time'))))
  return Promise.race([answer(signal), late])
}

function isRecordNeed(need: Need): need is RecordNeed {
  return need.need === 'find' || need.need === 'behind' || need.need === 'among'
}

/** The member of a row; of several rows, that of the first. */
function memberOf(rows: unknown, name: string): unknown {
  const row: unknown = Array.isArray(rows) ? rows[0] : rows
  return typeof row === 'object' && row !== null ? Reflect.get(row, name) : undefined
}

function subjectBehind(row: unknown, sector: string | undefined, { keys }: AuthorizationServer): string | undefined {
  const sub = memberOf(row, 'sub')
  const own = memberOf(row, 'sector')
  return typeof sub === 'string' ? subjectIn(sector ?? (typeof own === 'string' ? own : undefined), sub, keys) : undefined
}

function accountBehind(row: unknown, server: AuthorizationServer) {
  const sub = memberOf(row, 'sub')
  return typeof sub === 'string' ? server.users.find(sub) : undefined
}
