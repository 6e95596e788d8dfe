import { type AccessToken, AuthError, type Client, type Dpop, type IdTokenClaims } from '@latchkey/client'
import { createAuthorizedFetch } from '../service/authorized-fetch.ts'
import type { Renewal } from './renewal.ts'
import type { SessionPlace, SessionRecord } from './session-place.ts'

/** A user who is signed in, and a fetch in their name. */
export interface WebSession {
  readonly sub: string
  /** What the issuer's ID Token says about the user. */
  readonly claims: IdTokenClaims
  /** Seconds since 1970 at which the user must sign in again. */
  readonly expiresAt: number
  /** Answers an access token that holds; throws `login_required` when none can be had without the user. */
  token(options?: { readonly minTtl?: number; readonly forceRefresh?: boolean }): Promise<AccessToken>
  /** Sends a request with the user's token, or throws without sending it. After a 401 it tries once more with another token. Redirects are returned, not followed. */
  readonly fetch: typeof fetch
  /** What the issuer's UserInfo endpoint tells. */
  userinfo(): ReturnType<Client['userinfo']>
}

/** What sessions work with. */
export interface WebSessionOptions {
  readonly client: Client
  readonly renew: Renewal
  readonly now: () => number
  readonly fetch: typeof fetch
  readonly dpop: Dpop | undefined
  readonly allowInsecureResources: boolean
}

/** Seconds before its end at which an access token is renewed, unless half its lifetime is less. */
const RENEW_BEFORE = 60

/** Answers whether the access token of a session should be renewed now. */
export function isDue({ tokens: { accessToken } }: SessionRecord, now: number, minTtl = RENEW_BEFORE): boolean {
  return accessToken.expiresAt - now <= minTtl
}

/** Creates the session of one request. */
export function createWebSession(place: SessionPlace, first: SessionRecord & { readonly tokens: { readonly claims: IdTokenClaims } }, options: WebSessionOptions): WebSession {
  const { client, renew, now, fetch, dpop, allowInsecureResources } = options
  let record: SessionRecord = first

  async function token({ minTtl = 0, forceRefresh = false, rejected }: { readonly minTtl?: number; readonly forceRefresh?: boolean; readonly rejected?: string } = {}): Promise<AccessToken> {
    const isWanted = forceRefresh || rejected === record.tokens.accessToken.token || isDue(record, now(), minTtl)
    if (!isWanted) return record.tokens.accessToken
    if (record.tokens.refreshToken === undefined) throw loginRequired('there is no refresh token: ask for the scope offline_access')
    const renewed = await renew(place, record)
    if (renewed === undefined) throw loginRequired('the issuer ended the session')
    record = renewed
    return renewed.tokens.accessToken
  }

  const { claims } = first.tokens
  return {
    sub: claims.sub,
    claims,
    expiresAt: first.expiresAt,
    token: (wish) => token(wish),
    fetch: createAuthorizedFetch({ fetch, dpop, allowInsecureResources, find: ({ rejected }) => token(rejected === undefined ? {} : { rejected }), forget: async () => undefined, report: () => undefined }),
    async userinfo() {
      await token()
      return client.userinfo({ ...record.tokens, claims })
    },
  }
}

function loginRequired(hint: string): AuthError {
  return new AuthError(`the user must sign in again: ${hint}`, { code: 'login_required', phase: 'token', hint })
}
