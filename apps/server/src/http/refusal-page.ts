import type { InteractionPages, Onward } from '@latchkey/server'
import { answerPage, chooseLocale, defaultPages, type ErrorProps } from '../pages/index.ts'
import type { SiteIn } from './site.ts'

/** What pages call the errors that more than their wire name tells apart. */
const NAMED: ReadonlyMap<number, string> = new Map([[404, 'not_found'], [414, 'uri_too_long'], [431, 'headers_too_large']])

/** Shows refusals that no client may be told as a page of ours. */
export function refusalPage(site: SiteIn): NonNullable<InteractionPages['refusal']> {
  return ({ error, text, status, trace, ui_locales, onward }) =>
    answerPage(defaultPages.error({ site: site(chooseLocale((ui_locales ?? '').split(' '))), error: NAMED.get(status) ?? error ?? 'invalid_request', description: text, traceId: trace, ...(onward === undefined ? {} : { onward: onwardTo(onward) }) }), { status, formAction: onward?.response.kind === 'form_post' ? [onward.response.action] : [] })
}

function onwardTo({ host, response }: Onward): NonNullable<ErrorProps['onward']> {
  return response.kind === 'redirect' ? { host, href: response.location } : { host, form: { action: response.action, hidden: response.fields } }
}
