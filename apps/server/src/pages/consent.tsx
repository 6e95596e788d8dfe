import type { Child } from 'hono/jsx'
import { Account } from './account.tsx'
import { ClientBesideUs, ClientName } from './brand.tsx'
import { describeReturn, webLink } from './display-text.ts'
import { Icon } from './icons.tsx'
import { HiddenFields, Page } from './layout.tsx'
import { phrasesIn, type Phrase } from './phrase.ts'
import type { ClientIdentity, ConsentProps, Html } from './props.ts'
import { ScopeLine } from './scopes.tsx'

/** The page that asks the user what the client may do. */
export function ConsentPage({ site, form, client, user, scopes, redirect_uri }: ConsentProps): Html {
  const phrase = phrasesIn(site.locale)
  return (
    <Page site={site} title={phrase('consent.title')}>
      <header class="head">
        <ClientBesideUs site={site} client={client} />
        <h1>{phrase('consent.heading', { client: <ClientName client={client} /> })}</h1>
      </header>
      {client.isSelfRegistered === true && (
        <p class="notice"><Icon name="alert" /><span>{phrase('consent.selfRegistered', { site: site.name })}</span></p>
      )}
      <form class="form" method="post" action={form.action}>
        <HiddenFields fields={form.hidden} />
        <Account user={user} phrase={phrase} />
        {scopes.length === 0 ? <p class="lead">{phrase('consent.nothing')}</p> : (
          <section aria-labelledby="asks">
            <h2 id="asks">{phrase('consent.list')}</h2>
            <ul class="asks">{scopes.map((scope) => <ScopeLine scope={scope} phrase={phrase} />)}</ul>
          </section>
        )}
        <div class="actions actions-pair">
          <button class="button button-plain" type="submit" name="decision" value="deny">{phrase('consent.deny')}</button>
          <button class="button button-main" type="submit" name="decision" value="allow">{phrase('consent.allow')}</button>
        </div>
      </form>
      <div class="strip strip-small">
        <p class="return"><Icon name="back" /><span>{returnText(redirect_uri, phrase)}</span></p>
        <Documents client={client} phrase={phrase} />
      </div>
    </Page>
  )
}

function returnText(redirect_uri: string, phrase: Phrase): Child {
  const { kind, host } = describeReturn(redirect_uri)
  const slot = { host: <bdi class="host" dir="ltr">{host}</bdi> }
  switch (kind) {
    case 'web': return phrase('consent.returnWeb', slot)
    case 'device': return phrase('consent.returnDevice', slot)
    case 'app': return phrase('consent.returnApp', slot)
  }
}

const Documents = ({ client, phrase }: { client: ClientIdentity; phrase: Phrase }) => {
  const links = [
    { href: webLink(client.policy_uri), label: phrase('client.policy') },
    { href: webLink(client.tos_uri), label: phrase('client.terms') },
  ].filter(({ href }) => href !== undefined)
  if (links.length === 0) return null
  return (
    <p class="documents">
      <span>{phrase('client.documents', { client: <ClientName client={client} /> })}:</span>
      {links.map(({ href, label }) => <a href={href} rel="noopener noreferrer nofollow" target="_blank">{label}</a>)}
    </p>
  )
}
