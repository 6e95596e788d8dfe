import { authError, authorizationUrl, submit } from '@latchkey/client/parts'
import { late, type Application } from './application.ts'
import { misconfigured, type AuthOptions, type LoginOptions } from './options.ts'
import { countDepartures, keepTransaction, type Aside } from './transactions.ts'

/** Where to send the user, and under which state the response will come. */
export interface Departure {
  readonly url: URL
  readonly state: string
}

const MOST_DEPARTURES = 5

/** Plans a sign-in, and keeps what its response will need. */
export async function depart(application: Application, asked: LoginOptions, aside?: Aside): Promise<Departure> {
  const { options, party } = application
  const { par = 'auto' } = options
  const { returnTo = location.pathname + location.search + location.hash, appState, extra } = asked
  const back = URL.canParse(returnTo, location.href) ? new URL(returnTo, location.href) : undefined
  if (back?.origin !== location.origin) throw misconfigured('returnTo')
  if (aside !== 'awaited' && countDepartures(party.now()) > MOST_DEPARTURES) throw authError('login_loop', 'authorize')
  const bound = party.dpop && { dpop_jkt: await party.dpop.thumbprint() }
  const { url, pending } = await authorizationUrl(party, { ...options, redirectUri: redirectUriOf(options).href, extra: { ...options.extra, ...extra, ...bound } })
  await late(keepTransaction({ pending, returnTo: back.href.slice(back.origin.length), appState, aside }))
  const metadata = await party.discover()
  const isPushed = par === 'auto' ? metadata['require_pushed_authorization_requests'] === true : par === 'always'
  return { state: pending.state, url: isPushed ? await (await late(import('./pushed-request.ts'))).pushRequest(url, metadata, party, submit, authError) : url }
}

/** The page that takes responses. */
export function redirectUriOf({ redirectUri = '/callback' }: AuthOptions): URL {
  return new URL(redirectUri, location.href)
}

/** Leaves the page; settles only when the browser brings it back as it was. */
export function leave(url: URL): Promise<void> {
  return new Promise(resolve => {
    addEventListener('pageshow', () => resolve(), { once: true })
    location.assign(url)
  })
}
