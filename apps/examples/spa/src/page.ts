/** The element with an id, which the page is known to have. */
export function at(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no #${id}`)
  return element
}

/** Shows the section of a state and hides the others. */
export function show(status: 'pending' | 'anonymous' | 'authenticated'): void {
  for (const id of ['pending', 'anonymous', 'authenticated']) at(id).hidden = id !== status
}

/** Shows what came of a button. */
export function showAnswer(text: string): void {
  at('answer').hidden = false
  at('answer').textContent = text
}

/** Shows who is signed in, and until when the access token lives, in seconds since the epoch. */
export function showUser(claims: Readonly<Record<string, unknown>>, expiresAt: number | undefined): void {
  at('name').textContent = String(claims['name'] ?? claims['sub'])
  at('expiry').textContent = expiresAt === undefined ? '' : `The access token lives until ${new Date(expiresAt * 1000).toLocaleTimeString()}.`
  at('claims').replaceChildren(...Object.entries(claims).flatMap(([name, value]) => [element('dt', name), element('dd', typeof value === 'string' ? value : JSON.stringify(value))]))
}

function element(name: 'dt' | 'dd', text: string): HTMLElement {
  const made = document.createElement(name)
  made.textContent = text
  return made
}
