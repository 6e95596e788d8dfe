import { createHash } from 'node:crypto'

/** Answers true to the first who claims a state, and false to everyone after. */
export type StateClaims = (state: string) => boolean

const MOST = 100_000

/** Creates the memory of the states this process has seen redeemed; what another process saw, the issuer refuses, because a code counts once. */
export function createStateClaims(lifetime: number, now: () => number): StateClaims {
  const claimed = new Map<string, number>()
  return (state) => {
    for (const [old, until] of claimed) {
      if (now() < until && claimed.size < MOST) break
      claimed.delete(old)
    }
    const key = createHash('sha256').update(state).digest('base64url')
    if (claimed.has(key)) return false
    claimed.set(key, now() + lifetime)
    return true
  }
}
