/**
 * The page that a user is sent back to: an address of this application, or its root for anything else.
 * The answer is absolute, so that no browser reads another host into it.
 */
export function returnAddress(wanted: string | null | undefined, base: URL): string {
  if (typeof wanted !== 'string' || wanted === '' || wanted.length > LONGEST || !URL.canParse(wanted, base)) return rootOf(base)
  const url = new URL(wanted, base)
  return url.origin === base.origin && url.username === '' && url.password === '' ? url.href : rootOf(base)
}

/** The same path on this application, whatever the host of a request's address is behind a proxy. */
export function ownAddress(wanted: string | URL, base: URL): string {
  const url = URL.canParse(String(wanted), base) ? new URL(wanted, base) : base
  return new URL(base.origin + url.pathname + url.search + url.hash).href
}

const LONGEST = 2000

function rootOf({ origin, pathname }: URL): string {
  return origin + pathname
}
