import { type AccessToken, AuthError, type Dpop } from '@latchkey/client'
import { createAuthorizedFetch } from '../service/authorized-fetch.ts'
import type { Renewal } from './renewal.ts'
import type { SessionPlace, SessionRecord } from './session-record.ts'

/** What a caller may want of a session's token. */
export interface SessionTokenOptions {
  /** Seconds that the token must still hold. */
  readonly minTtl?: number
  readonly forceRefresh?: boolean
}

/** The tokens of a session. */
export interface SessionTokens {
  /** Answers an access token that holds; throws `login_required` when none can be had without the user. */
  token(options?: SessionTokenOptions): Promise<AccessToken>
  /** Sends a request with the user's token, or throws without sending it. After a 401 it tries once more with another token. Redirects are returned, not followed. */
  readonly fetch: typeof fetch
  /** The session as it was renewed last. */
  readonly record: () => SessionRecord
}

/** What sessions work with. */
export interface SessionTokensOptions {
  readonly renew: Renewal
  readonly now: () => number
  readonly fetch: typeof fetch
  readonly dpop: Dpop | undefined
  readonly allowInsecureResources: boolean
}

/** Seconds before its end at which an access token is renewed. */
const RENEW_BEFORE = 60

/** Answers whether the access token of a session should be renewed now. */
export function isDue({ tokens: { accessToken } }: SessionRecord, now: number, minTtl = RENEW_BEFORE): boolean {
  return accessToken.expiresAt - now <= minTtl
}

/** Creates the tokens of a session that was read from its place. */
export function createSessionTokens(place: SessionPlace, first: SessionRecord, { renew, now, fetch, dpop, allowInsecureResources }: SessionTokensOptions): SessionTokens {
  let record = first

  async function token({ minTtl = 0, forceRefresh = false, rejected }: SessionTokenOptions & { readonly rejected?: string } = {}): Promise<AccessToken> {
    const isWanted = forceRefresh || rejected === record.tokens.accessToken.token || isDue(record, now(), minTtl)
    if (!isWanted) return record.tokens.accessToken
    if (record.tokens.refreshToken === undefined) throw loginRequired('there is no refresh token: ask for the scope offline_access')
    const renewed = await renew(place, record)
    if (renewed === undefined) throw loginRequired('the issuer ended the session')
    record = renewed
    return renewed.tokens.accessToken
  }

  return {
    record: () => record,
    token: (wish) => token(wish),
    fetch: createAuthorizedFetch({ fetch, dpop, allowInsecureResources, find: ({ rejected }) => token(rejected === undefined ? {} : { rejected }), forget: async () => undefined, report: () => undefined }),
  }
}

function loginRequired(hint: string): AuthError {
  return new AuthError(`the user must sign in again: ${hint}`, { code: 'login_required', phase: 'token', hint })
}
