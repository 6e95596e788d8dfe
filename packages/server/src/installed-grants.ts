import { type AssertionVerifier, type Authenticate, type Grant, GRANTS, jwtBearer, password } from '@latchkey/core'
import { assertionVerifier } from './assertions/verifier.ts'
import type { AuthorizationServerOptions } from './create.ts'
import { reached } from './reached.ts'

/** Every grant of a server: those that Latchkey brings, those that need something of the options, and the application's own. */
export function installedGrants(options: AuthorizationServerOptions, { token_endpoint }: { readonly token_endpoint: string }): readonly Grant[] {
  return [...GRANTS, ...passwordGrant(options), ...assertionGrant(options, token_endpoint), ...(options.grants ?? [])]
}

function passwordGrant({ users }: AuthorizationServerOptions): readonly Grant[] {
  if (users.authenticate === undefined) return []
  const authenticate: Authenticate = (username, secret) => reached(() => users.authenticate?.(username, secret))
  return [password(authenticate)]
}

function assertionGrant({ issuer, assertions }: AuthorizationServerOptions, token_endpoint: string): readonly Grant[] {
  const issuers = assertions?.issuers ?? []
  if (issuers.length === 0) return []
  // Made at first use, when the options have been found sound.
  let verifier: AssertionVerifier | undefined
  return [jwtBearer(issuers, [issuer, token_endpoint], (assertion, from) => (verifier ??= assertionVerifier(issuers))(assertion, from))]
}
