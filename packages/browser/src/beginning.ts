import { asAuthError, authError, isAuthError, type AuthError } from '@latchkey/client/parts'
import { anonymous, beginSession, follow, late, loadExtras, type Application } from './application.ts'
import { receive, type Arrival } from './arrival.ts'
import type { Steps } from './aside.ts'
import type { AuthState } from './auth-state.ts'
import { depart, redirectUriOf } from './departure.ts'
import { findTransaction } from './transactions.ts'

/** Finds out who is signed in: by the response that this page was opened with, by the tokens that are kept, or by asking the issuer. */
export async function begin(application: Application, arrival: Arrival | undefined): Promise<AuthState<unknown>> {
  const { state, party } = application
  let reason: AuthError | undefined
  try {
    await loadExtras(application)
    if (arrival !== undefined) {
      const transaction = findTransaction(arrival.state)
      if (transaction?.aside !== undefined) await (await late(import('./aside.ts'))).meet(arrival, transaction)
      const arrived = await receive(arrival, party)
      if (arrived !== undefined) return await beginSession(application, arrived)
    }
  } catch (error) {
    reason = asAuthError(error, 'invalid_configuration', 'callback')
  }
  return state.become(await restore(application, reason).catch((error: unknown) => anonymous(reason ?? asAuthError(error, 'invalid_configuration', 'callback'))))
}

async function restore(application: Application, reason?: AuthError): Promise<AuthState<unknown>> {
  const { options: { restore = 'refresh' }, sessions, source, state } = application
  const session = restore === 'none' ? undefined : await sessions.read()
  if (session === undefined) {
    if (restore === 'refresh' || restore === 'none' || reason !== undefined) return anonymous(reason)
    return (await (await late(import('./aside.ts'))).askIssuer(restore, application, steps)) ?? anonymous()
  }
  try {
    await source.token({ minTtl: 0 })
  } catch (error) {
    // Without a network the user is still who they were.
    if (!isAuthError(error) || !error.retryable) return anonymous(asAuthError(error, 'invalid_configuration', 'callback'))
  }
  follow(application, session)
  return state.current()
}

/** The steps of a sign-in that leaves this page where it is. */
export const steps: Steps = { depart, receive, redirectUriOf, beginSession, fault: authError }
