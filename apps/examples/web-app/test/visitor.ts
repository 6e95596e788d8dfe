import type { Hono } from 'hono'
import { parse, type HTMLElement } from 'node-html-parser'

/** A browser of one user, which keeps cookies by host and follows redirects between the application and its issuer. */
export interface Visitor {
  visit(url: string): Promise<Visited>
  /** Submits a form, from an origin. */
  post(url: string, fields: Readonly<Record<string, string>>, origin: string): Promise<Visited>
  readonly setCookies: readonly string[]
}

/** Where a visit ended, and the page there. */
export interface Visited {
  readonly url: string
  readonly status: number
  readonly html: HTMLElement
}

/** Makes a visitor of an application at an address; everything else is on the network. */
export function createVisitor(app: Hono, baseUrl: string): Visitor {
  // Cookies do not tell ports apart, but these names do not collide.
  const cookies = new Map<string, string>()
  const setCookies: string[] = []
  const send = async (url: string, init: RequestInit): Promise<Visited> => {
    const headers = new Headers(init.headers)
    headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const request = new Request(url, { ...init, headers, redirect: 'manual' })
    const response = url.startsWith(baseUrl) ? await app.fetch(request) : await fetch(request)
    for (const cookie of response.headers.getSetCookie()) {
      setCookies.push(cookie)
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(cookie) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location !== null) return send(new URL(location, url).href, {})
    return { url, status: response.status, html: parse(await response.text()) }
  }
  return { setCookies, visit: url => send(url, {}), post: (url, fields, origin) => send(url, { method: 'POST', body: new URLSearchParams(fields), headers: { origin } }) }
}

/** The hidden fields of the form on a page, and where it goes. */
export function formOf({ html }: Visited): { readonly action: string; readonly fields: Record<string, string> } {
  const fields = html.querySelectorAll('input').map(input => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? ''])
  return { action: html.querySelector('form')?.getAttribute('action') ?? '', fields: Object.fromEntries(fields) as Record<string, string> }
}
