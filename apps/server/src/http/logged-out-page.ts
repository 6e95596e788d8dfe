import type { InteractionPages } from '@latchkey/server'
import { answerPage, defaultPages } from '../pages/index.ts'
import { localeFor, type SiteIn } from './site.ts'

/** How long the pages of clients have to hear of the logout, in seconds. */
const FRAME_TIME = 2

/** Shows how a logout ended as a page of ours, which goes back to the client by itself where it may. */
export function loggedOutPage(site: SiteIn): NonNullable<InteractionPages['loggedOut']> {
  return ({ outcome, client, href, isAutomatic, frames, ui_locales, trace, http }) => {
    const back = client === undefined || href === undefined ? {} : { back: { client, href, ...(isAutomatic ? { afterSeconds: FRAME_TIME } : {}) } }
    const page = defaultPages.signedOut({ site: site(localeFor(ui_locales, http)), outcome, frames, ...back })
    return answerPage(page, { headers: { 'trace-id': trace }, frames })
  }
}
