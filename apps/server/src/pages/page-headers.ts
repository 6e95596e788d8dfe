import type { Html } from './props.ts'

/** What a page needs beyond the strict policy. */
export interface PageNeeds {
  /** URIs that a redirect after the page's form may lead to: Chromium holds redirects to `form-action` as well. */
  readonly formAction?: readonly string[]
  /** URIs of other sites' pages that this one loads in frames. */
  readonly frames?: readonly string[]
}

/**
 * The security headers of an HTML page: strict CSP, no framing, no referrer, no sniffing, no storing.
 * Without Cross-Origin-Opener-Policy, because a client that signs in by popup listens at `window.opener`.
 * With `no-referrer` a browser posts the page's form with `Origin: null`; same origin is to be read from `Sec-Fetch-Site`.
 * @spec RFC 9700 §4.16
 */
export function pageHeaders(needs: PageNeeds = {}): Record<string, string> {
  const policy = {
    'default-src': ["'none'"],
    'style-src': ["'self'"],
    'img-src': ["'self'"],
    'form-action': ["'self'", ...(needs.formAction ?? []).filter((uri) => URL.canParse(uri)).map(sourceOf)],
    ...(needs.frames === undefined || needs.frames.length === 0 ? {} : { 'frame-src': needs.frames.map(sourceOf) }),
    'frame-ancestors': ["'none'"],
    'base-uri': ["'none'"],
  }
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': Object.entries(policy).map(([name, sources]) => [name, ...new Set(sources)].join(' ')).join('; '),
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  }
}

/** Answers a page with its security headers; `extra` headers are set on top. */
export async function answerPage(page: Html, { status = 200, headers, ...needs }: PageNeeds & { status?: number; headers?: HeadersInit } = {}): Promise<Response> {
  const all = new Headers(pageHeaders(needs))
  new Headers(headers).forEach((value, name) => all.append(name, value))
  return new Response(String(await page), { status, headers: all })
}

// A host may hold `;` or `,`, which end a directive, and CSP cannot spell IPv6 hosts: both are allowed by their scheme alone.
function sourceOf(uri: string): string {
  const { protocol, host } = new URL(uri)
  if (protocol !== 'https:' && protocol !== 'http:') return protocol
  return /^[a-z0-9.-]+(:\d+)?$/.test(host) ? `${protocol}//${host}` : protocol
}
