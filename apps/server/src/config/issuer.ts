import type { Finding } from '@latchkey/core'

/** Whether a host is this machine and nothing else. */
export function isLoopbackHost(hostname: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

/** Whether an issuer can be reached from this machine only. */
export function isLoopbackIssuer(issuer: string): boolean {
  return URL.canParse(issuer) && isLoopbackHost(new URL(issuer).hostname)
}

/**
 * What keeps a text from being an issuer identifier.
 * Stricter than OpenID Connect Discovery §3: without a trailing slash, and spelt as URLs are compared, since clients compare it byte for byte.
 * @spec RFC 8414 §2
 */
export function issuerFindings(issuer: string, path: string, allowInsecureIssuer: boolean): readonly Finding[] {
  if (!URL.canParse(issuer)) return [{ path, reason: 'is not an absolute URL', remedy: 'write the address of this server as clients see it, such as https://login.example.com' }]
  const url = new URL(issuer)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return [{ path, reason: `has the scheme ${url.protocol.slice(0, -1)}`, remedy: 'use https' }]
  const isRisky = url.protocol === 'http:' && !isLoopbackHost(url.hostname) && !allowInsecureIssuer
  const rules: readonly (readonly [isWrong: boolean, reason: string, remedy: string])[] = [
    [isRisky, 'is plain http to another machine, so that tokens and passwords can be read on the way', 'use https, or set allowInsecureIssuer to true for a closed test network'],
    [issuer.includes('?'), 'has a query', 'remove everything from the question mark on'],
    [issuer.includes('#'), 'has a fragment', 'remove everything from the # on'],
    [url.username !== '' || url.password !== '', 'has user information before the host', 'remove everything between // and @'],
    [issuer.replace(/[?#].*$/, '').endsWith('/'), 'ends in a slash', 'remove the slash'],
  ]
  const findings = rules.filter(([isWrong]) => isWrong).map(([, reason, remedy]) => ({ path, reason, remedy }))
  const normal = url.href.replace(/\/$/, '')
  return findings.length > 0 || normal === issuer ? findings : [{ path, reason: 'is not in its normal spelling, and clients compare it to the letter', remedy: `write ${normal}` }]
}
