import type { TokenSet } from '@latchkey/client'

/** What is kept of a user who signed in. Times in seconds since 1970. */
export interface SessionRecord {
  readonly tokens: TokenSet
  /** By the issuer's clock, as its ID Token says. */
  readonly signedInAt: number
  readonly expiresAt: number
}

/** Where one session is kept. */
export interface SessionPlace {
  /** Answers the session, or `undefined` when there is none or it has ended. */
  read(): Promise<SessionRecord | undefined>
  /** Replaces the session. */
  write(record: SessionRecord): Promise<void>
  /** Takes over a session that another place has written; a place in a cookie must write it again. */
  adopt(record: SessionRecord): Promise<void>
  /** Ends the session. */
  remove(): Promise<void>
  /** Does work while nobody else changes this session. */
  lock<T>(work: () => Promise<T>): Promise<T>
}
