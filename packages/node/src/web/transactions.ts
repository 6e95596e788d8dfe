import { isJsonRecord, parseJws } from '@latchkey/core/relying-party'
import type { PendingAuthorization } from '@latchkey/client'
import { createHash } from 'node:crypto'
import { cookieName, readCookies, writeCookie } from './cookies.ts'
import type { Sealer } from './sealing.ts'
import type { WebSettings } from './settings.ts'

/** A sign-in under way: what the response is judged by, and where the user wanted to go. */
export interface Transaction {
  readonly pending: PendingAuthorization
  readonly returnTo: string
}

/** The sign-ins that one application has under way, each in a cookie of its own, so that two tabs do not end each other's. */
export interface Transactions {
  /** Answers the cookies that remember a sign-in; the oldest beyond five are taken away. */
  begin(request: Request, transaction: Transaction): Promise<readonly string[]>
  /** Answers the sign-in that a state belongs to, and the cookie that ends it. */
  find(request: Request, state: string): Promise<{ readonly transaction: Transaction | undefined; readonly cookies: readonly string[] }>
}

const PURPOSE = 'latchkey-login'
const MOST = 5

/** Creates the memory of sign-ins under way. */
export function createTransactions({ settings, sealer }: { readonly settings: WebSettings; readonly sealer: Sealer }): Transactions {
  const { isSecure, cookie, loginLifetime, postsForm, now } = settings
  const prefix = cookieName(`${cookie}-login-`, isSecure)
  // The form comes from the issuer's site, and from there only cookies that say None arrive, which browsers take only over https.
  const rules = { isSecure, sameSite: postsForm && isSecure ? 'None' : 'Lax' } as const
  const nameOf = (state: string) => `${prefix}${Math.trunc(now())}-${createHash('sha256').update(state).digest('base64url').slice(0, 22)}`

  return {
    async begin(request, transaction) {
      const others = [...readCookies(request).keys()].filter((name) => name.startsWith(prefix)).sort()
      const surplus = others.slice(0, Math.max(0, others.length - MOST + 1))
      const sealed = await sealer.seal(PURPOSE, JSON.stringify(transaction))
      return [...surplus.map((name) => writeCookie(name, '', 0, rules)), writeCookie(nameOf(transaction.pending.state), sealed, loginLifetime, rules)]
    },
    async find(request, state) {
      const suffix = nameOf(state).slice(-22)
      const found = [...readCookies(request)].find(([name]) => name.startsWith(prefix) && name.endsWith(suffix))
      if (found === undefined) return { transaction: undefined, cookies: [] }
      const opened = await sealer.open(PURPOSE, found[1])
      return { transaction: opened === undefined ? undefined : JSON.parse(opened), cookies: [writeCookie(found[0], '', 0, rules)] }
    },
  }
}

/** The state that a response claims to answer, which says only which sign-in to judge it by. */
export function stateOf(parameters: URLSearchParams): string {
  const signed = parseJws(parameters.get('response') ?? '')?.payload
  const state = isJsonRecord(signed) ? signed['state'] : parameters.get('state')
  return typeof state === 'string' ? state : ''
}
