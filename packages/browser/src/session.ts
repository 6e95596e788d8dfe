import type { AccessToken, TokenSet } from '@latchkey/client/parts'
import { parseStored } from './stored-record.ts'
import type { TokenStore } from './token-store.ts'

/** An access token and how long it was meant to live, in seconds. */
export interface HeldToken {
  readonly token: AccessToken
  readonly lifetime: number
}

/** A signed-in user's tokens, as kept in the store: one set from the issuer, and an access token for each resource and scope asked for since. */
export interface Session {
  readonly tokens: TokenSet
  readonly held: Readonly<Record<string, HeldToken>>
}

/** Reads and writes the one session of an issuer and client. */
export interface SessionKeeper {
  readonly read: () => Promise<Session | undefined>
  readonly write: (session: Session) => Promise<void>
  readonly forget: () => Promise<void>
}

/** Keeps sessions in a store; what another issuer or client left there is not seen, nor tokens of another type than the one asked for. */
export function keepSessions(store: TokenStore, key: string, { issuer, clientId, type }: { readonly issuer: string; readonly clientId: string; readonly type: AccessToken['type'] }): SessionKeeper {
  return {
    async read() {
      const session = parseStored<Session>(await store.get(key), 'tokens', 'held')
      return session?.tokens.issuer === issuer && session.tokens.clientId === clientId && session.tokens.accessToken?.type === type ? session : undefined
    },
    write: async session => store.set(key, JSON.stringify(session)),
    forget: async () => store.delete(key),
  }
}

/** The session that a fresh token set makes of an earlier one, or begins. */
export function sessionWith(tokens: TokenSet, key: string, now: number, earlier?: Session): Session {
  const token = tokens.accessToken
  return { tokens, held: { ...earlier?.held, [key]: { token, lifetime: token.expiresAt - now } } }
}

/** The name under which the token for a resource and scope is held. */
export function tokenKey({ resource = '', scope = '' }: { readonly resource?: string; readonly scope?: string }): string {
  return `${resource} ${scope.split(' ').sort().join(' ')}`.trimEnd()
}
