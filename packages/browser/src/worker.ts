import { createRelyingParty, exchange, isAuthError, isJsonRecord, type RelyingParty } from '@latchkey/client/parts'
import type { Answered, Asked } from './worker-words.ts'

/** The endpoints that a refresh token or a request may go to, from the issuer's own metadata and never from the page. */
const PINNED = ['token_endpoint', 'revocation_endpoint', 'pushed_authorization_request_endpoint'] as const

/** Refresh tokens by the names that the page knows them by. */
const kept = new Map<string, string>()
let bound: RelyingParty | undefined

/** The issuer of the first request is the issuer for good. */
function bind({ issuer, allowInsecureIssuer }: Asked): RelyingParty {
  bound ??= createRelyingParty({ issuer, clientId: 'worker', allowInsecureIssuer })
  if (bound.issuer !== issuer) throw new TypeError('the worker belongs to another issuer')
  return bound
}

async function answer(asked: Asked): Promise<Answered> {
  const { id, url, headers, body } = asked
  const party = bind(asked)
  const metadata = await party.discover()
  if (!PINNED.some(name => metadata[name] === url)) throw new TypeError('the worker sends nothing there')
  const form = new URLSearchParams(body)
  const spent = form.get('refresh_token')
  if (spent !== null) form.set('refresh_token', kept.get(spent) ?? spent)
  const answered = await exchange(url, { method: 'POST', headers: Object.fromEntries(headers), body: form }, 'token', party)
  const told = [...answered.headers].filter(([name]) => name !== 'content-length' && name !== 'content-encoding')
  return { id, status: answered.status, headers: told, body: JSON.stringify(withoutRefreshToken(answered.body, spent)) ?? '' }
}

/** Keeps a refresh token here and lets the page have a name for it. */
function withoutRefreshToken(body: unknown, spent: string | null): unknown {
  if (!isJsonRecord(body) || typeof body['refresh_token'] !== 'string') return body
  const name = crypto.randomUUID()
  kept.set(name, body['refresh_token'])
  if (spent !== null) kept.delete(spent)
  return { ...body, refresh_token: name }
}

addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  answer(data).catch((error: unknown): Answered => ({ id: data.id, failure: isAuthError(error) ? error.code : String(error) })).then(answered => postMessage(answered), () => undefined)
})
