import { type HTMLElement, parse } from 'node-html-parser'
import { CookieJar } from 'tough-cookie'

/** A page that the user looks at. */
export interface Page {
  readonly url: URL
  readonly status: number
  readonly headers: Headers
  readonly html: HTMLElement
}

/** Where the user agent ended: on a page of the issuer, or at an address of somebody else, which it did not open. */
export type Arrival = { readonly page: Page; readonly left?: never } | { readonly left: URL; readonly page?: never }

/** A browser without scripts: keeps cookies, follows redirects within one origin, and fills in forms. */
export class UserAgent {
  readonly jar = new CookieJar()
  /** Every redirect that was followed or ended the visit, as `[status, location]`. */
  readonly redirects: [number, string][] = []
  readonly #origin: string
  constructor(origin: string) {
    this.#origin = origin
  }

  /** Opens an address as if it were typed. */
  visit(url: string | URL): Promise<Arrival> {
    return this.#go(new URL(url), {})
  }

  /** Sends the form of a page with these fields, as a button with the name and value of `decision` does. */
  submit(page: Page, fields: Readonly<Record<string, string>>): Promise<Arrival> {
    const form = page.html.querySelector('form')
    if (form === null) throw new Error(`no form at ${page.url}: ${page.html.text}`)
    const values = new URLSearchParams(form.querySelectorAll('input').map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? '']))
    for (const [name, value] of Object.entries(fields)) values.set(name, value)
    return this.#go(new URL(form.getAttribute('action') ?? '', page.url), { method: 'POST', body: values })
  }

  async #go(from: URL, init: RequestInit): Promise<Arrival> {
    let [url, request] = [from, init]
    for (let hops = 0; hops < 10; hops++) {
      if (url.origin !== this.#origin) return { left: url }
      const response = await fetch(url, { ...request, redirect: 'manual', headers: { accept: 'text/html', cookie: await this.jar.getCookieString(url.href) } })
      for (const cookie of response.headers.getSetCookie()) await this.jar.setCookie(cookie, url.href)
      const location = response.headers.get('location')
      if (location === null) return { page: { url, status: response.status, headers: response.headers, html: parse(await response.text()) } }
      this.redirects.push([response.status, location])
      url = new URL(location, url)
      request = {}
    }
    throw new Error(`redirects without end, last to ${url}`)
  }
}

/** The page of an arrival that must be one. */
export function pageOf({ page, left }: Arrival): Page {
  if (page === undefined) throw new Error(`left for ${left}`)
  return page
}

/** The address of an arrival that must have left the issuer. */
export function addressOf({ page, left }: Arrival): URL {
  if (left === undefined) throw new Error(`still at ${page.url}: ${page.status} ${page.html.querySelector('main')?.text}`)
  return left
}

/** Whether a page has an element that the selector names. */
export function has({ html }: Page, selector: string): boolean {
  return html.querySelector(selector) !== null
}

/** Signs in on the login page and allows what the consent page asks, as far as either shows up; answers the authorization response. */
export async function signIn(agent: UserAgent, url: URL, username = 'alice'): Promise<URL> {
  let arrival = await agent.visit(url)
  if (arrival.page !== undefined && has(arrival.page, 'input[name=password]')) arrival = await agent.submit(arrival.page, { username, password: username })
  if (arrival.page !== undefined && has(arrival.page, 'button[value=allow]')) arrival = await agent.submit(arrival.page, { decision: 'allow' })
  return addressOf(arrival)
}
