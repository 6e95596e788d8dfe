import type { InteractionPages } from '@latchkey/server'
import { answerPage, chooseLocale, defaultPages } from '../pages/index.ts'
import type { SiteIn } from './site.ts'

/** What pages call the errors that more than their wire name tells apart. */
const NAMED: ReadonlyMap<number, string> = new Map([[404, 'not_found'], [414, 'uri_too_long'], [431, 'headers_too_large']])

/** Shows refusals that no client may be told as a page of ours. */
export function refusalPage(site: SiteIn): NonNullable<InteractionPages['refusal']> {
  return ({ error, text, status, trace, ui_locales }) =>
    answerPage(defaultPages.error({ site: site(chooseLocale((ui_locales ?? '').split(' '))), error: NAMED.get(status) ?? error ?? 'invalid_request', description: text, traceId: trace }), { status })
}
