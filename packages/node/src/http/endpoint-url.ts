const LINK_LOCAL_V6 = /^\[fe[89ab][0-9a-f]:/
const MAPPED_LINK_LOCAL = /^\[::(ffff:)?a9fe:/

/** Answers whether a URL's host can only be this machine: `localhost`, `127.0.0.0/8` or `[::1]`. */
export function namesLoopback(url: URL): boolean {
  const { hostname } = url
  return hostname === 'localhost' || hostname.endsWith('.localhost') || /^127\.\d+\.\d+\.\d+$/.test(hostname) || hostname === '[::1]'
}

/** Answers whether a URL's host is a link-local address, where cloud machines keep their credentials service. */
export function namesLinkLocal(url: URL): boolean {
  const { hostname } = url
  return hostname.startsWith('169.254.') || LINK_LOCAL_V6.test(hostname) || MAPPED_LINK_LOCAL.test(hostname)
}

/** Which addresses may be spoken to in clear text. */
export interface Transport {
  /** Permits `http:` beyond loopback. */
  readonly allowInsecure: boolean
}

/** Answers why a URL may not be spoken to, or `undefined` when it may: `https:`, or `http:` on loopback. */
export function objectionTo(text: string, { allowInsecure }: Transport): string | undefined {
  if (!URL.canParse(text)) return 'is not an absolute URL'
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return 'carries credentials'
  if (url.hash !== '') return 'has a fragment'
  if (namesLinkLocal(url)) return 'names a link-local address'
  if (url.protocol === 'https:') return undefined
  if (url.protocol !== 'http:') return 'is neither https: nor http:'
  return allowInsecure || namesLoopback(url) ? undefined : 'uses http: beyond loopback'
}
