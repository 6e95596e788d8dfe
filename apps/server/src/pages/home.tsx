import { Mark } from './brand.tsx'
import { Icon } from './icons.tsx'
import { DemoStrip, Page } from './layout.tsx'
import { phrasesIn } from './phrase.ts'
import type { HomeProps, Html } from './props.ts'

/** The page at the server's root: what runs here and where to go. */
export function HomePage({ site, discoveryHref, accountHref, links, demo }: HomeProps): Html {
  const phrase = phrasesIn(site.locale)
  const places = [
    ...(links ?? []),
    ...(accountHref === undefined ? [] : [{ title: phrase('home.account'), description: phrase('home.account.detail'), href: accountHref }]),
    { title: phrase('home.discovery'), description: phrase('home.discovery.detail'), href: discoveryHref },
  ]
  return (
    <Page site={site} title={phrase('home.title')}>
      <header class="head">
        <div class="tiles"><Mark /><span class="wordmark">{site.name}</span></div>
        <h1>{phrase('home.heading')}</h1>
        <p class="lead">{phrase('home.sentence')}</p>
      </header>
      <dl class="facts">
        <div><dt>{phrase('home.issuer')}</dt><dd><code class="selectable">{site.issuer}</code></dd></div>
      </dl>
      <nav aria-label={phrase('home.links')}>
        <ul class="places">
          {places.map(({ title, description, href }) => (
            <li>
              <a class="place" href={href}>
                <span><span class="ask-title">{title}</span>{description !== undefined && <span class="ask-detail">{description}</span>}</span>
                <Icon name="arrow" />
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {demo !== undefined && <DemoStrip demo={demo} phrase={phrase} />}
    </Page>
  )
}
