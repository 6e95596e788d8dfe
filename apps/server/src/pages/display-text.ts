// Overrides and isolates can reorder the text around them; control characters have no place in a name at all.
const UNPRINTABLE = /[\p{Cc}\u061C\u200B\u200E\u200F\u2028\u2029\u202A-\u202E\u2060\u2066-\u2069\uFEFF]/gu

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Foreign text fit to be shown: without control and direction characters, on one line, cut with an ellipsis to `longest` characters as readers count them. */
export function displayText(text: string, longest = 80): string {
  // A character may be a letter under a thousand accents, so the raw length is bounded as well.
  const bounded = text.slice(0, longest * 8)
  const clean = bounded.replace(/\s+/gu, ' ').replace(UNPRINTABLE, '').trim()
  const characters = Array.from(graphemes.segment(clean), ({ segment }) => segment)
  const isWhole = characters.length <= longest && bounded.length === text.length
  return isWhole ? clean : `${characters.slice(0, longest - 1).join('')}…`
}

/** The first letter or sign of a name, in upper case; `?` for a name without any. */
export function monogram(name: string): string {
  for (const { segment } of graphemes.segment(displayText(name))) {
    if (/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(segment)) return segment.toLocaleUpperCase('en')
  }
  return '?'
}

/** The text as a link that is safe to follow: an absolute `https:` or `http:` URL; undefined otherwise. */
export function webLink(text: string | undefined): string | undefined {
  const url = text === undefined ? null : URL.parse(text)
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : undefined
}

/** The text as a link to where a client lives: a web link, or an app by a private-use scheme; undefined otherwise. @spec RFC 8252 §7.1 */
export function returnLink(text: string | undefined): string | undefined {
  const url = text === undefined ? null : URL.parse(text)
  return url !== null && /^[a-z0-9+-]+(\.[a-z0-9+-]+)+:$/.test(url.protocol) ? url.href : webLink(text)
}

/** What kind of place a redirect URI leads to, and the name to show for it: a site, a server on this device, or an app by its scheme. */
export function describeReturn(redirect_uri: string): { kind: 'web' | 'device' | 'app'; host: string } {
  const url = URL.parse(redirect_uri)
  if (url === null) return { kind: 'web', host: displayText(redirect_uri) }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { kind: 'app', host: url.protocol.slice(0, -1) }
  return { kind: /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname) ? 'device' : 'web', host: url.host }
}
