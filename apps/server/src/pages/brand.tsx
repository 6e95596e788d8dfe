import { displayText, monogram, webLink } from './display-text.ts'
import type { ClientIdentity, Site } from './props.ts'

const TINTS = 6

/** Latchkey's mark: a key that stands as the letter L. */
export const Mark = () => (
  <span class="tile tile-mark">
    <svg viewBox="0 0 24 24" width="30" height="30" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <circle cx="9.5" cy="7.2" r="3.7" />
      <path d="M9.5 10.9V20h6.2M9.5 15.7h3.6" />
    </svg>
  </span>
)

interface ClientProps {
  readonly site: Site
  readonly client: ClientIdentity
}

/** The client's logo, or its initial on a colour that stays the same for the client. */
export const ClientTile = ({ site, client }: ClientProps) => {
  const logo = logoOf(site, client)
  if (logo !== undefined) {
    return (
      <span class="tile tile-logo">
        <img src={logo} alt="" width="48" height="48" />
      </span>
    )
  }
  return (
    <span class={`tile tint-${tintOf(client.client_id)}`} aria-hidden="true">
      {monogram(client.client_name ?? client.client_id)}
    </span>
  )
}

/** The client's tile and ours, side by side: who asks, and whom. */
export const ClientBesideUs = ({ site, client }: ClientProps) => (
  <div class="tiles">
    <ClientTile site={site} client={client} />
    <span class="link-dots" />
    <Mark />
  </div>
)

/** The client's name as it calls itself, kept apart from the direction of the text around it. */
export const ClientName = ({ client }: { client: ClientIdentity }) => {
  const name = displayText(client.client_name ?? '')
  return <bdi class="foreign">{name === '' ? displayText(client.client_id) : name}</bdi>
}

/** Where the server gives out the client's logo, which it fetches itself: the reader's browser calls nobody else. */
function logoOf({ issuer }: Site, { client_id, logo_uri }: ClientIdentity): string | undefined {
  const base = URL.parse(issuer)?.pathname.replace(/\/$/, '') ?? ''
  // A browser would resolve dots instead of sending them.
  return webLink(logo_uri) === undefined || /^\.\.?$/.test(client_id) ? undefined : `${base}/logos/${encodeURIComponent(client_id)}`
}

function tintOf(text: string): number {
  let sum = 0
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973
  return sum % TINTS
}
