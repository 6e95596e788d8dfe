import { ClientName } from './brand.tsx'
import { returnLink, webLink } from './display-text.ts'
import { Icon } from './icons.tsx'
import { Page } from './layout.tsx'
import { phrasesIn } from './phrase.ts'
import type { Html, SignedOutProps } from './props.ts'

/** The page after signing out, or after deciding to stay. Frames and the way back work without scripts. @spec OpenID Connect Front-Channel Logout §3 */
export function SignedOutPage({ site, outcome = 'signed_out', back, frames = [], signInHref }: SignedOutProps): Html {
  const phrase = phrasesIn(site.locale)
  const isSignedOut = outcome === 'signed_out'
  const key = isSignedOut ? 'signedOut' : 'kept'
  const href = returnLink(back?.href)
  const refresh = href === undefined || back?.afterSeconds === undefined ? undefined : { href, seconds: back.afterSeconds }
  return (
    <Page site={site} title={phrase(`${key}.title`)} refresh={refresh}>
      <header class="head">
        <div class="tiles"><span class={isSignedOut ? 'tile tile-good' : 'tile tile-plain'}><Icon name={isSignedOut ? 'tick' : 'lock'} /></span></div>
        <h1>{phrase(`${key}.heading`)}</h1>
        <p class="lead">{refresh === undefined || back === undefined ? phrase(`${key}.sentence`, { site: site.name }) : phrase('signedOut.soon', { client: <ClientName client={back.client} /> })}</p>
      </header>
      {(href !== undefined || signInHref !== undefined) && (
        <div class="actions">
          {back !== undefined && href !== undefined && <a class="button button-main" href={href}><span>{phrase('signedOut.return', { client: <ClientName client={back.client} /> })}</span></a>}
          {signInHref !== undefined && <a class="button button-plain" href={signInHref}>{phrase('signedOut.signIn')}</a>}
        </div>
      )}
      {frames.flatMap((uri) => webLink(uri) ?? []).map((src) => <iframe src={src} title={phrase(`${key}.title`)} sandbox="allow-scripts allow-same-origin" referrerpolicy="no-referrer" hidden></iframe>)}
    </Page>
  )
}
