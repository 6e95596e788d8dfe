/** A browser that keeps cookies and follows nothing by itself. */
export interface Browser {
  open(url: string, headers?: Record<string, string>): Promise<Response>
  /** Sends the form of the page that `open` or `submit` answered last, with these fields over its hidden ones. */
  submit(page: string, fields: Record<string, string>): Promise<Response>
}

/** A browser at one server, either through its `fetch` or over the network. */
export function browserAt(origin: string, send: (http: Request) => Promise<Response> | Response = fetch): Browser {
  const cookies = new Map<string, string>()
  const request = async (url: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers)
    headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const answer = await send(new Request(new URL(url, origin), { ...init, headers, redirect: 'manual' }))
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    return answer
  }
  return {
    open: (url, headers = {}) => request(url, { headers }),
    submit(page, fields) {
      const action = decoded(/<form[^>]* action="([^"]*)"/.exec(page)?.[1] ?? '')
      const hidden = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name = '', value = '']): [string, string] => [decoded(name), decoded(value)])
      return request(action, { method: 'POST', body: new URLSearchParams([...hidden, ...Object.entries(fields)]), headers: { 'sec-fetch-site': 'same-origin' } })
    },
  }
}

function decoded(html: string): string {
  return html.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
