import type { InteractionPages } from '@latchkey/server'
import { answerPage, chooseLocale, defaultPages } from '../pages/index.ts'
import type { SiteIn } from './site.ts'

/** Shows refusals that no client may be told as a page of ours. */
export function refusalPage(site: SiteIn): NonNullable<InteractionPages['refusal']> {
  return ({ error, text, status, trace, ui_locales }) =>
    answerPage(defaultPages.error({ site: site(chooseLocale((ui_locales ?? '').split(' '))), error: status === 404 ? 'not_found' : (error ?? 'invalid_request'), description: text, traceId: trace }), { status })
}
