import { codeChallenge } from '@latchkey/core'
import { ISSUER, type Issuer } from './issuer.ts'

export const VERIFIER = 'a-verifier-of-forty-three-characters-0123456'
export type Parameters = Readonly<Record<string, string | undefined>>

/** The parameters of a request by the client `spa`; `undefined` leaves one out. */
export function asking(changes: Parameters = {}): Record<string, string> {
  const all: Parameters = {
    response_type: 'code',
    client_id: 'spa',
    redirect_uri: 'https://spa.example/cb',
    scope: 'openid',
    state: 'S1',
    nonce: 'N1',
    code_challenge: codeChallenge(VERIFIER),
    code_challenge_method: 'S256',
    ...changes,
  }
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** The same for the confidential client `web`. */
export function askingWeb(changes: Parameters = {}): Record<string, string> {
  return asking({ client_id: 'web', redirect_uri: 'https://rp.example/cb', ...changes })
}

/** The address that a client sends its user to; `extra` is appended as it stands. */
export function authorizeUrl(parameters: Record<string, string>, extra = '', issuer: string = ISSUER): string {
  return `${issuer}/authorize?${new URLSearchParams(parameters)}${extra}`
}

/** How a user fills in the pages: what stands in the form of each, beside the hidden fields. */
export interface User {
  readonly login: Record<string, string>
  readonly consent: Record<string, string>
}
export const ALICE: User = { login: { username: 'alice' }, consent: { decision: 'allow' } }
export const BOB: User = { login: { username: 'bob' }, consent: { decision: 'allow' } }

/** A page as a browser holds it. */
export interface Page {
  readonly url: string
  readonly answer: Response
  readonly text: string
  /** The hidden fields of its form. */
  readonly fields: Record<string, string>
}

/** A user agent that keeps cookies and fills in pages, but shows every redirect. */
export interface Browser {
  readonly cookies: Map<string, string>
  send(url: string, init?: RequestInit): Promise<Response>
  /** Opens an address and follows the server to a page of its own, or to the answer that leaves it. */
  open(url: string): Promise<Page>
  /** Submits the form of a page, following nothing. */
  submit(page: Page, filled: Record<string, string>, headers?: Record<string, string>): Promise<Response>
  /** Goes from /authorize to the answer that leaves the server, or to a page without a form. */
  authorize(parameters: Record<string, string>, user?: User): Promise<Response>
}

export function browserFor(issuer: Issuer): Browser {
  const cookies = new Map<string, string>()
  const at = issuer.catalogue.issuer

  async function send(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (cookies.size > 0 && !headers.has('cookie')) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const answer = await issuer.send(new Request(url, { ...init, headers }))
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (/max-age=0\b/i.test(cookie)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return answer
  }
  async function follow(url: string, first: Response): Promise<Page> {
    let answer = first
    let here = url
    for (let step = 0; step < 10 && (answer.headers.get('location') ?? '').startsWith(`${at}/`); step++) {
      here = answer.headers.get('location') ?? ''
      answer = await send(here)
    }
    return pageOf(here, answer)
  }
  const browser: Browser = {
    cookies,
    send,
    open: async (url) => follow(url, await send(url)),
    submit: (page, filled, headers = {}) => send(page.url, { method: 'POST', body: new URLSearchParams({ ...page.fields, ...filled }), headers: { 'sec-fetch-site': 'same-origin', ...headers } }),
    async authorize(parameters, user = ALICE) {
      let page = await browser.open(authorizeUrl(parameters, '', at))
      for (let step = 0; step < 5 && Object.keys(page.fields).length > 0; step++) {
        const filled = new URL(page.url).pathname.endsWith('/login') ? user.login : user.consent
        page = await follow(page.url, await browser.submit(page, filled))
      }
      return page.answer
    },
  }
  return browser
}

/** The page behind an answer of ours; an answer without a form has no fields. */
export async function pageOf(url: string, answer: Response): Promise<Page> {
  const text = await answer.clone().text()
  const isOurs = text.includes('<form method="post">')
  const inputs = isOurs ? [...text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)] : []
  return { url, answer, text, fields: Object.fromEntries(inputs.map(([, name = '', value = '']) => [name, value])) }
}

/** The parameters that an answer carries to the client in its query. */
export function returned(answer: Response): Record<string, string> {
  return Object.fromEntries(new URL(answer.headers.get('location') ?? 'about:blank').searchParams)
}

/** The code that the user comes back with. */
export async function codeOf(browser: Browser, parameters: Record<string, string> = asking(), user: User = ALICE): Promise<string> {
  const { code } = returned(await browser.authorize(parameters, user))
  if (code === undefined) throw new Error('the flow did not end in a code')
  return code
}
