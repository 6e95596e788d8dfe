import { Account } from './account.tsx'
import { ClientBesideUs, ClientName, Mark } from './brand.tsx'
import { HiddenFields, Page } from './layout.tsx'
import { phrasesIn } from './phrase.ts'
import type { Html, LogoutProps } from './props.ts'

/** The page that asks whether to sign out. */
export function LogoutPage({ site, form, client, user }: LogoutProps): Html {
  const phrase = phrasesIn(site.locale)
  return (
    <Page site={site} title={phrase('logout.title')}>
      <header class="head">
        {client === undefined ? <div class="tiles"><Mark /><span class="wordmark">{site.name}</span></div> : <ClientBesideUs site={site} client={client} />}
        <h1>{phrase('logout.heading')}</h1>
        <p class="lead">{client === undefined ? phrase('logout.sentence', { site: site.name }) : phrase('logout.asked', { client: <ClientName client={client} />, site: site.name })}</p>
      </header>
      <form class="form" method="post" action={form.action}>
        <HiddenFields fields={form.hidden} />
        {user !== undefined && <Account user={user} phrase={phrase} isFixed />}
        <div class="actions actions-pair">
          <button class="button button-plain" type="submit" name="decision" value="deny">{phrase('logout.deny')}</button>
          <button class="button button-main" type="submit" name="decision" value="allow">{phrase('logout.allow')}</button>
        </div>
      </form>
    </Page>
  )
}
