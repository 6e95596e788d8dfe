import type { LogoutTokenClaims } from '@latchkey/client'
import { createHash } from 'node:crypto'
import type { SessionRecord } from '../session/session-record.ts'
import { fromStore, type SessionStore } from './session-store.ts'

/** What the issuer has said about sessions that are over. */
export interface EndedSessions {
  /** Remembers a logout; answers false when its token came before. */
  remember(claims: LogoutTokenClaims): Promise<boolean>
  /** Answers whether the issuer ended this session, or all sessions of its user, after it began. */
  include(record: SessionRecord): Promise<boolean>
}

/** Seconds for which a logout token is recognized; by then it is too old to be accepted. */
const RECOGNIZED_FOR = 1200

/**
 * Creates the memory of ended sessions. A logout leaves a mark that every session is measured against, by the issuer's own clock;
 * so no list of a user's sessions has to be kept, and a token that comes twice ends nothing that began between.
 * @spec OpenID Connect Back-Channel Logout §2.7
 */
export function createEndedSessions(store: SessionStore, clientId: string, lifetime: number): EndedSessions {
  const keyOf = (kind: string, issuer: string, value: string) =>
    `latchkey:ended:${createHash('sha256').update(JSON.stringify([issuer, clientId, kind, value])).digest('base64url')}`
  const isMarked = async (kind: string, { iss }: { readonly iss: string }, value: unknown, since: number) => {
    if (typeof value !== 'string') return false
    const endedAt = await fromStore(() => store.get(keyOf(kind, iss, value)))
    return typeof endedAt === 'string' && Number(endedAt) >= since
  }

  return {
    async remember(claims) {
      const { iss, jti, iat, sid, sub = '' } = claims
      const seen = keyOf('jti', iss, jti)
      if (typeof (await fromStore(() => store.get(seen))) === 'string') return false
      await fromStore(() => store.set(sid === undefined ? keyOf('sub', iss, sub) : keyOf('sid', iss, sid), String(iat), lifetime))
      await fromStore(() => store.set(seen, '1', RECOGNIZED_FOR))
      return true
    },
    async include({ tokens: { claims }, signedInAt }) {
      if (claims === undefined) return false
      return (await isMarked('sid', claims, claims['sid'], signedInAt)) || (await isMarked('sub', claims, claims.sub, signedInAt))
    },
  }
}
