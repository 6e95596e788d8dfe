import type { AuthorizationResponse } from '@latchkey/core'
import { formPostPage } from './form-post-page.ts'

const NO_STORE = { 'cache-control': 'no-store' }

/** A JSON answer that nobody keeps. @spec RFC 6749 §5.1 */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...NO_STORE, ...headers } })
}

/** A success that is a JWT, which nobody keeps. @spec RFC 7519 §10.3.1 */
export function jwt(text: string): Response {
  return new Response(text, { headers: { 'content-type': 'application/jwt', ...NO_STORE } })
}

/** The browser goes elsewhere by GET, whatever it came by. @spec RFC 9700 §4.12 */
export function seeOther(location: string, cookies: readonly string[] = []): Response {
  return withCookies(new Response(null, { status: 303, headers: { location, ...NO_STORE, 'referrer-policy': 'no-referrer' } }), cookies)
}

/** An authorization response: a redirect, or a page that posts itself. */
export function sendBack(response: AuthorizationResponse, cookies: readonly string[] = []): Response {
  return response.kind === 'redirect' ? seeOther(response.location, cookies) : withCookies(formPostPage(response.action, response.fields), cookies)
}

/** The same answer, setting these cookies too. */
export function withCookies(answer: Response, cookies: readonly string[]): Response {
  for (const cookie of cookies) answer.headers.append('set-cookie', cookie)
  return answer
}
