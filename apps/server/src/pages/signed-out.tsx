import { ClientName } from './brand.tsx'
import { webLink } from './display-text.ts'
import { Icon } from './icons.tsx'
import { Page } from './layout.tsx'
import { phrasesIn } from './phrase.ts'
import type { Html, SignedOutProps } from './props.ts'

/** The page after signing out. */
export function SignedOutPage({ site, back, signInHref }: SignedOutProps): Html {
  const phrase = phrasesIn(site.locale)
  const backHref = webLink(back?.href)
  return (
    <Page site={site} title={phrase('signedOut.title')}>
      <header class="head">
        <div class="tiles"><span class="tile tile-good"><Icon name="tick" /></span></div>
        <h1>{phrase('signedOut.heading')}</h1>
        <p class="lead">{phrase('signedOut.sentence', { site: site.name })}</p>
      </header>
      {(backHref !== undefined || signInHref !== undefined) && (
        <div class="actions">
          {back !== undefined && backHref !== undefined && <a class="button button-main" href={backHref}><span>{phrase('signedOut.return', { client: <ClientName client={back.client} /> })}</span></a>}
          {signInHref !== undefined && <a class="button button-plain" href={signInHref}>{phrase('signedOut.signIn')}</a>}
        </div>
      )}
    </Page>
  )
}
