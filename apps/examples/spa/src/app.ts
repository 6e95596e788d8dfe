import { createAuth, isAuthError, type IdTokenClaims } from '@latchkey/browser'
import { describeClaims, momentOf } from './claims.ts'
import { answerOf, at, show, showPerson, showToken, tell } from './page.ts'

const { issuer, api } = await (await fetch('/config.json')).json() as { issuer: string; api: string }

// Signing in takes these five lines; the rest of this file is what the page shows.
const auth = createAuth({ issuer, clientId: 'spa', scope: 'openid profile email offline_access api', tokens: 'local', postLogoutRedirectUri: `${location.origin}/`, fetchOrigins: [api, new URL(issuer).origin] })
const arrived = await auth.ready()
if (location.pathname === '/callback') history.replaceState(null, '', arrived.status === 'authenticated' && arrived.returnTo || '/')
at('sign-in').onclick = () => attempt('sign-in', 'reason', () => auth.login())
at('sign-out').onclick = () => attempt('sign-out', 'renewal', () => auth.logout())

at('call').onclick = () => attempt('call', 'answer', async () => {
  const response = await auth.fetch(`${api}/me`)
  tell('answer', answerOf(response, await response.json()))
  await renderToken()
})
at('refresh').onclick = () => attempt('refresh', 'renewal', async () => {
  await auth.token({ forceRefresh: true })
  tell('renewal', `A new access token, at ${new Date().toLocaleTimeString()}.`)
  await renderToken()
})

let stopClock = (): void => undefined

at('endpoint').textContent = `${new URL(api).host}/me`
at('issuer').textContent = new URL(issuer).host
auth.subscribe(() => void render())
await render()

async function render(): Promise<void> {
  const state = auth.getState()
  if (state.status === 'authenticated') {
    const user = await askUserinfo(state.user)
    if (auth.getState() !== state) return
    showPerson(user)
    at('since').textContent = momentOf(state.user['auth_time'] ?? state.user.iat)
    at('claims').replaceChildren(...describeClaims(user, state.user))
    await renderToken()
  } else {
    stopClock()
    for (const id of ['answer', 'renewal']) tell(id, undefined)
    tell('reason', state.status === 'anonymous' && state.reason !== undefined ? inWords(state.reason) : undefined)
  }
  if (auth.getState() === state) show(state.status)
}

/** The user's profile, which the code flow leaves to the issuer's userinfo endpoint; without it, who the ID Token says they are. */
async function askUserinfo({ sub }: IdTokenClaims): Promise<Readonly<Record<string, unknown>>> {
  try {
    const { userinfo_endpoint } = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json() as { userinfo_endpoint: string }
    const response = await auth.fetch(userinfo_endpoint, { signal: AbortSignal.timeout(5_000) })
    const claims = await response.json() as Readonly<Record<string, unknown>>
    return response.ok && claims['sub'] === sub ? claims : { sub }
  } catch {
    return { sub }
  }
}

async function renderToken(): Promise<void> {
  const token = await auth.token().catch(() => undefined)
  stopClock()
  if (token !== undefined) stopClock = showToken(token)
}

async function attempt(button: string, place: string, work: () => Promise<void>): Promise<void> {
  at(button).toggleAttribute('disabled', true)
  try {
    await work()
  } catch (error) {
    tell(place, inWords(error))
  } finally {
    at(button).toggleAttribute('disabled', false)
  }
}

function inWords(error: unknown): string {
  if (isAuthError(error, 'access_denied')) return 'You did not allow the sign-in. You may try again.'
  return isAuthError(error) ? error.message : 'The API cannot be reached.'
}
