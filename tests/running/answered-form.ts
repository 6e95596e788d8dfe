import type { Page } from './user-agent.ts'

/** The request that a browser with scripts sends when it is shown a form post page. @spec OAuth 2.0 Form Post Response Mode §2 */
export function answeredForm({ html, url }: Page): Request {
  const form = html.querySelector('form')
  if (form === null) throw new Error(`no form at ${url}: ${html.text}`)
  const body = new URLSearchParams(form.querySelectorAll('input').map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? '']))
  return new Request(form.getAttribute('action') ?? '', { method: 'POST', body })
}
