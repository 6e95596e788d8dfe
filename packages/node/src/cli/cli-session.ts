import type { Client, IdTokenClaims } from '@latchkey/client'
import { createExclusion } from '../session/exclusion.ts'
import type { SessionPlace, SessionRecord } from '../session/session-record.ts'
import type { SessionTokens } from '../session/session-tokens.ts'
import type { TokenStore } from './file-store.ts'

/** A user who is signed in at a command line. */
export interface CliSession extends Omit<SessionTokens, 'record'> {
  /** What the ID Token says about the user; absent when the scope has no `openid`. */
  readonly claims?: IdTokenClaims
  /** What the issuer's UserInfo endpoint tells. */
  userinfo(): ReturnType<Client['userinfo']>
}

/** Creates the place of the one session of an issuer and client. What stems from another issuer or client is none. */
export function storedSession(store: TokenStore, { issuer, clientId }: Pick<Client, 'issuer' | 'clientId'>): SessionPlace {
  const key = `${clientId} ${issuer}`
  const exclude = createExclusion()
  const write = async (record: SessionRecord) => {
    await store.set(key, JSON.stringify(record.tokens))
  }
  return {
    async read() {
      const tokens = parseTokens(await store.get(key))
      if (tokens?.issuer !== issuer || tokens.clientId !== clientId) return undefined
      return { tokens, signedInAt: 0, expiresAt: Number.MAX_SAFE_INTEGER }
    },
    write,
    adopt: async () => undefined,
    remove: async () => {
      await store.delete(key)
    },
    lock: (work) => exclude(key, () => (store.lock === undefined ? work() : store.lock(key, work))),
  }
}

/** Creates a store that forgets with the process. */
export function memoryTokenStore(): TokenStore {
  const kept = new Map<string, string>()
  return { get: async (key) => kept.get(key), set: async (key, text) => kept.set(key, text), delete: async (key) => kept.delete(key) }
}

function parseTokens(text: string | null | undefined): SessionRecord['tokens'] | undefined {
  try {
    const tokens: Partial<SessionRecord['tokens']> | null = JSON.parse(text ?? 'null')
    const { issuer, clientId, accessToken } = tokens ?? {}
    return typeof issuer === 'string' && typeof clientId === 'string' && typeof accessToken?.token === 'string' && Array.isArray(accessToken.scope) ? { ...tokens, issuer, clientId, accessToken } : undefined
  } catch {
    return undefined
  }
}
