import { createAuth, isAuthError } from '@latchkey/browser'
import { at, show, showAnswer, showUser } from './page.ts'

const { issuer, api } = await (await fetch('/config.json')).json() as { issuer: string; api: string }

// Signing in takes these lines; the rest of this file is buttons.
const auth = createAuth({ issuer, clientId: 'spa', scope: 'openid profile email offline_access api', tokens: 'local', fetchOrigins: [api] })
await auth.ready()
at('sign-in').onclick = () => attempt('sign-in', () => auth.login())
at('sign-out').onclick = () => attempt('sign-out', () => auth.logout())

at('call').onclick = () => attempt('call', async () => {
  const response = await auth.fetch(`${api}/me`)
  showAnswer(`${response.status} ${response.statusText}\n${JSON.stringify(await response.json(), null, 2)}`)
})
at('refresh').onclick = () => attempt('refresh', async () => {
  const { scope } = await auth.token({ forceRefresh: true })
  showAnswer(`A new access token for ${scope.join(', ')}.`)
  await render()
})

auth.subscribe(() => void render())
await render()

async function render(): Promise<void> {
  const state = auth.getState()
  show(state.status)
  if (state.status === 'anonymous') {
    at('reason').hidden = state.reason === undefined
    at('reason').textContent = state.reason?.message ?? ''
  }
  if (state.status === 'authenticated') showUser(state.user, await auth.token().then(({ expiresAt }) => expiresAt, () => undefined))
}

async function attempt(button: string, work: () => Promise<void>): Promise<void> {
  at(button).toggleAttribute('disabled', true)
  try {
    await work()
  } catch (error) {
    const text = isAuthError(error) ? error.message : 'The API cannot be reached.'
    showAnswer(text)
    at('reason').textContent = text
    at('reason').hidden = false
  } finally {
    at(button).toggleAttribute('disabled', false)
  }
}
