import type { Client, IdTokenClaims } from '@latchkey/client'
import type { SessionPlace, SessionRecord } from '../session/session-record.ts'
import { createSessionTokens, type SessionTokens, type SessionTokensOptions } from '../session/session-tokens.ts'

/** A user who is signed in, and a fetch in their name. */
export interface WebSession extends Omit<SessionTokens, 'record'> {
  readonly sub: string
  /** What the issuer's ID Token says about the user. */
  readonly claims: IdTokenClaims
  /** Seconds since 1970 at which the user must sign in again. */
  readonly expiresAt: number
  /** What the issuer's UserInfo endpoint tells. */
  userinfo(): ReturnType<Client['userinfo']>
}

/** What sessions work with. */
export interface WebSessionOptions extends SessionTokensOptions {
  readonly client: Client
}

/** Creates the session of one request. */
export function createWebSession(place: SessionPlace, first: SessionRecord, claims: IdTokenClaims, options: WebSessionOptions): WebSession {
  const { token, fetch, record } = createSessionTokens(place, first, options)
  return {
    sub: claims.sub,
    claims,
    expiresAt: first.expiresAt,
    token,
    fetch,
    async userinfo() {
      await token()
      return options.client.userinfo({ ...record().tokens, claims })
    },
  }
}
