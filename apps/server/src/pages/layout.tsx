import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { favicon, stylesheet } from './assets.ts'
import { Icon } from './icons.tsx'
import type { DemoNotice, HiddenFields as Fields, Site } from './props.ts'
import type { Phrase } from './phrase.ts'

interface PageProps {
  readonly site: Site
  readonly title: Child
  /** Where the browser goes by itself, and after how many seconds. */
  readonly refresh?: { readonly href: string; readonly seconds: number } | undefined
  readonly children?: Child
}

/** The document around a page: head, one centred card, and a foot that names the server. */
export const Page = ({ site, title, refresh, children }: PageProps) => (
  <>
    {raw('<!doctype html>')}
    <html lang={site.locale}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        {refresh !== undefined && <meta http-equiv="refresh" content={`${refresh.seconds};url=${refresh.href}`} />}
        <title>{title} · {site.name}</title>
        <link rel="icon" href={favicon.href} type="image/svg+xml" />
        <link rel="stylesheet" href={stylesheet.href} />
        {site.themes?.map((href) => <link rel="stylesheet" href={href} />)}
      </head>
      <body>
        <main class="card">{children}</main>
        <Foot site={site} />
      </body>
    </html>
  </>
)

const Foot = ({ site }: { site: Site }) => (
  <footer class="foot">
    <span class="foot-host"><Icon name="lock" /><span>{URL.parse(site.issuer)?.host ?? site.issuer}</span></span>
    {site.links?.map(({ label, href }) => <a href={href}>{label}</a>)}
  </footer>
)

/** The hidden fields of a form. */
export const HiddenFields = ({ fields }: { fields: Fields }) => (
  <>{fields.map(([name, value]) => <input type="hidden" name={name} value={value} />)}</>
)

/** The strip at a card's foot that lists the accounts of a demo. */
export const DemoStrip = ({ demo, phrase }: { demo: DemoNotice; phrase: Phrase }) => (
  <aside class="strip" aria-label={phrase('demo.label')}>
    <p><span class="pill">{phrase('demo.label')}</span> {phrase('demo.notice')}</p>
    <ul class="accounts">
      {demo.users.map(({ username, password }) => (
        <li><code>{username}</code><span aria-hidden="true">/</span><code>{password}</code></li>
      ))}
    </ul>
  </aside>
)
