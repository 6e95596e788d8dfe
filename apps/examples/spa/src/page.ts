/** The element with an id, which the page is known to have. */
export function at(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no #${id}`)
  return element
}

/** A new element with a text or children, and perhaps a class. */
export function element(name: keyof HTMLElementTagNameMap, content: string | readonly Node[], className = ''): HTMLElement {
  const made = document.createElement(name)
  made.className = className
  made.append(...(typeof content === 'string' ? [content] : content))
  return made
}

/** Shows the section of a state and hides the others. */
export function show(status: 'pending' | 'anonymous' | 'authenticated'): void {
  for (const id of ['pending', 'anonymous', 'authenticated']) at(id).hidden = id !== status
}

/** Puts a text or elements in a place, which is hidden when there is nothing to put. */
export function tell(id: string, content: string | readonly Node[] | undefined): void {
  at(id).hidden = content === undefined
  at(id).replaceChildren(...(typeof content === 'string' ? [content] : content ?? []))
}

/** What an API answered: its status, and its JSON as the API meant it to be read. */
export function answerOf({ ok, status, statusText }: Response, body: unknown): readonly Node[] {
  const verdict = element('span', `${status} ${statusText}`.trim(), ok ? 'pill pill-good' : 'pill pill-bad')
  return [verdict, element('pre', JSON.stringify(body, null, 2))]
}

/** Shows who is signed in: the claims of the user. */
export function showPerson(claims: Readonly<Record<string, unknown>>): void {
  const name = String(claims['name'] ?? claims['sub'])
  const email = claims['email']
  at('name').textContent = name
  at('monogram').textContent = ([...name][0] ?? '').toLocaleUpperCase()
  const proof = claims['email_verified'] === true ? [element('span', 'verified', 'pill pill-good')] : []
  tell('email', typeof email === 'string' ? [element('span', email), ...proof] : undefined)
}

/** Shows what an access token allows and how long it still lives, every second; answers how to stop. */
export function showToken({ scope, expiresAt }: { readonly scope: readonly string[]; readonly expiresAt: number }): () => void {
  tell('scopes', scope.map(name => element('code', name)))
  const tick = (): void => {
    at('expiry').textContent = remaining(Math.ceil(expiresAt - Date.now() / 1000))
  }
  tick()
  const timer = setInterval(tick, 1000)
  return () => clearInterval(timer)
}

function remaining(seconds: number): string {
  if (seconds <= 0) return 'expired; the next call gets a new one'
  const minutes = Math.floor(seconds / 60)
  return `expires in ${minutes > 0 ? `${minutes} min ` : ''}${seconds % 60} s`
}
