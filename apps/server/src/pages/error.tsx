import { displayText, webLink } from './display-text.ts'
import { Icon } from './icons.tsx'
import { HiddenFields, Page } from './layout.tsx'
import { type Phrase, phrasesIn } from './phrase.ts'
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

/** The error page. It holds no link, because where the user came from is not to be trusted, but for one that names its host and is asked for. */
export function ErrorPage({ site, error, description, traceId, onward }: ErrorProps): Html {
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
      {onward !== undefined && <WayOnward onward={onward} phrase={phrase} />}
    </Page>
  )
}

const WayOnward = ({ onward, phrase }: { onward: NonNullable<ErrorProps['onward']>; phrase: Phrase }) => {
  const label = <span>{phrase('error.onward.continue', { host: <bdi class="host" dir="ltr">{displayText(onward.host)}</bdi> })}</span>
  const target = webLink('href' in onward ? onward.href : onward.form.action)
  if (target === undefined) return null
  return (
    <>
      <p class="next">{phrase('error.onward.sentence')}</p>
      {'href' in onward ? <div class="actions"><a class="button button-plain" href={target} rel="noreferrer">{label}</a></div> : (
        <form class="form" method="post" action={target}>
          <HiddenFields fields={onward.form.hidden} />
          <div class="actions"><button class="button button-plain" type="submit">{label}</button></div>
        </form>
      )}
    </>
  )
}
