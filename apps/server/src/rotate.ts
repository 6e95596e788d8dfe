import type { KeyRotation, ListedKey } from '@latchkey/server'
import type { Logger } from 'pino'

const INTERVAL = 60_000

/** Does what is due about the signing keys every minute, also when nobody asks for tokens, and logs what became of them. Answers how to end it. */
export function rotating(keys: KeyRotation, log: Logger): () => Promise<void> {
  let known: readonly ListedKey[] | undefined
  let round: Promise<void> = Promise.resolve()
  const once = async (): Promise<void> => {
    const listed = await keys.list()
    if (known !== undefined) for (const change of changesBetween(known, listed)) log.info(change, 'signing key')
    known = listed
  }
  const timer = setInterval(() => {
    round = round.then(once).catch((error: unknown) => log.warn({ err: error }, 'the signing keys could not be read'))
  }, INTERVAL)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await round
  }
}

/** A key that is in another state than before, or gone. */
export interface KeyChange {
  readonly kid: string
  readonly alg: string
  readonly state: ListedKey['state']
}

/** The keys whose state is another one than it was. */
export function changesBetween(before: readonly ListedKey[], after: readonly ListedKey[]): readonly KeyChange[] {
  const old = new Map(before.map(({ kid, state }) => [kid, state]))
  const left = new Set(after.map(({ kid }) => kid))
  const changed = after.filter(({ kid, state }) => old.get(kid) !== state)
  const gone = before.filter(({ kid }) => !left.has(kid)).map((key) => ({ ...key, state: 'deleted' as const }))
  return [...changed, ...gone].map(({ kid, alg, state }) => ({ kid, alg, state }))
}
