import { type RefusalKey, refusalRule } from '@latchkey/core'
import type { Events } from '@latchkey/server'
import { refusalPage } from '../http/refusal-page.ts'
import type { SiteIn } from '../http/site.ts'

/** A request that ends before an endpoint sees it. */
export interface Refused {
  readonly key: RefusalKey
  readonly trace: string
  /** Whether people read the answer, in a browser. */
  readonly isRead: boolean
  /** The languages that its reader prefers, separated by spaces. */
  readonly locales?: string
  readonly address?: string | undefined
}

/** Answers what a listener refuses by itself, with a page or in JSON, and tells the operator. */
export function refusing(site: SiteIn, events: Events): (refused: Refused) => Promise<Response> {
  const page = refusalPage(site)
  return async ({ key, trace, isRead, locales, address }) => {
    const { error, status, caller } = refusalRule(key)
    events({ event: 'refused', trace, at: Math.floor(Date.now() / 1_000), endpoint: 'listener', key, facts: address === undefined ? {} : { address } })
    const answer = isRead ? await page({ error, text: caller, status, trace, ...(locales === undefined ? {} : { ui_locales: locales }) }) : json(status, { error, error_description: caller })
    answer.headers.set('trace-id', trace)
    return answer
  }
}

function json(status: number, body: object): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } })
}
