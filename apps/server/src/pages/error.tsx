import { displayText } from './display-text.ts'
import { Icon } from './icons.tsx'
import { Page } from './layout.tsx'
import { phrasesIn } from './phrase.ts'
import type { ErrorProps, Html } from './props.ts'

type Situation = 'request' | 'denied' | 'expired' | 'notFound' | 'busy' | 'server' | 'tooLarge'

const situations: ReadonlyMap<string, Situation> = new Map<string, Situation>([
  ['access_denied', 'denied'],
  ['interaction_expired', 'expired'],
  ['expired_token', 'expired'],
  ['not_found', 'notFound'],
  ['temporarily_unavailable', 'busy'],
  ['slow_down', 'busy'],
  ['server_error', 'server'],
  ['headers_too_large', 'tooLarge'],
])

/** The error page. It holds no link, because where the user came from is not to be trusted. */
export function ErrorPage({ site, error, description, traceId }: ErrorProps): Html {
  const phrase = phrasesIn(site.locale)
  const situation = situations.get(error) ?? 'request'
  return (
    <Page site={site} title={phrase('error.title')}>
      <header class="head">
        <div class="tiles"><span class="tile tile-bad"><Icon name="alert" /></span></div>
        <h1>{phrase(`error.${situation}.heading`)}</h1>
        <p class="lead">{phrase(`error.${situation}.sentence`)}</p>
      </header>
      <p class="next">{phrase(`error.${situation}.next`, { host: new URL(site.issuer).host })}</p>
      <dl class="facts">
        <div><dt>{phrase('error.name')}</dt><dd><code>{displayText(error)}</code></dd></div>
        {description !== undefined && <div><dt>{phrase('error.detail')}</dt><dd lang="en"><bdi>{displayText(description, 400)}</bdi></dd></div>}
        <div><dt>{phrase('error.trace')}</dt><dd><code class="selectable">{displayText(traceId)}</code></dd></div>
      </dl>
    </Page>
  )
}
