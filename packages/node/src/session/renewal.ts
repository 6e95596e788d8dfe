import { type Client, isAuthError } from '@latchkey/client'
import { createHash } from 'node:crypto'
import type { SessionPlace, SessionRecord } from './session-record.ts'

/** Renews the tokens of a session; answers the session as it is then, or `undefined` when the issuer ended it. */
export type Renewal = (place: SessionPlace, record: SessionRecord) => Promise<SessionRecord | undefined>

/** Milliseconds for which requests that still carry spent tokens are answered with those that replaced them. */
const REMEMBERED_FOR = 30_000

/**
 * Creates the renewal of sessions: one request to the issuer for all who want it, however many there are. What the store
 * holds is read again before and after, so that a session which another process renewed is never taken for one that ended.
 * @spec RFC 6749 §6
 */
export function createRenewal(client: Client): Renewal {
  const flights = new Map<string, Promise<SessionRecord | undefined>>()

  async function begin(place: SessionPlace, record: SessionRecord): Promise<SessionRecord | undefined> {
    const before = await place.read()
    if (before === undefined || !isSame(before, record)) return before
    try {
      const next = { ...before, tokens: await client.refresh(before.tokens) }
      // Whoever signed out meanwhile stays signed out.
      if ((await place.read()) === undefined) return undefined
      await place.write(next)
      return next
    } catch (error) {
      if (!isAuthError(error, 'invalid_grant')) throw error
      const after = await place.read()
      if (after !== undefined && !isSame(after, before)) return after
      await place.remove()
      return undefined
    }
  }

  return async (place, record) => {
    const key = nameOf(record)
    const known = flights.get(key)
    if (known !== undefined) {
      const renewed = await known
      await (renewed === undefined ? place.remove() : place.adopt(renewed))
      return renewed
    }
    const flight = place.lock(() => begin(place, record))
    flights.set(key, flight)
    flight.then(() => setTimeout(() => flights.delete(key), REMEMBERED_FOR).unref(), () => flights.delete(key))
    return flight
  }
}

function isSame(one: SessionRecord, other: SessionRecord): boolean {
  return nameOf(one) === nameOf(other)
}

function nameOf({ tokens: { refreshToken = '', accessToken } }: SessionRecord): string {
  return createHash('sha256').update(`${refreshToken} ${accessToken.token}`).digest('base64url')
}
