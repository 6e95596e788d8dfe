import type { AuthError } from '@latchkey/client'

/** What a token is for; either may be absent. */
export interface TokenTarget {
  /** The resource server that is to accept the token. @spec RFC 8707 §2 */
  readonly resource?: string
  /** Scope tokens, separated by spaces. */
  readonly scope?: string
}

/** Why a token is asked for: none was kept, the kept one ends soon, the caller insisted, or a resource server refused it. */
export type RequestCause = 'absent' | 'expiring' | 'forced' | 'rejected'

/** What happened to a service's tokens, for logs and metrics; never holds a token. Durations are in seconds. */
export type TokenEvent = { readonly issuer: string; readonly clientId: string } & TokenTarget &
  (
    | { readonly type: 'token_cached'; readonly from: 'memory' | 'cache' }
    | { readonly type: 'token_requested'; readonly cause: RequestCause }
    | { readonly type: 'token_received'; readonly cause: RequestCause; readonly duration: number; readonly expiresAt: number }
    | { readonly type: 'token_failed'; readonly cause: RequestCause; readonly duration: number; readonly error: AuthError; readonly keptOld: boolean }
    | { readonly type: 'token_rejected'; readonly origin: string; readonly retried: boolean }
    | { readonly type: 'cache_failed'; readonly operation: 'get' | 'set' | 'delete'; readonly error: unknown }
  )

type Unplaced<E> = E extends TokenEvent ? Omit<E, 'issuer' | 'clientId' | keyof TokenTarget> : never

/** Reports an event about one target. */
export type Report = (event: Unplaced<TokenEvent>) => void
