import type { Finding } from '../finding.ts'
import type { Client } from '../metadata.ts'
import type { Abilities, ClientMetadata } from '../registration.ts'
import { originRule, redirectRule } from './addresses.ts'
import { assertionRule, keyRule, methodRule, secretRule } from './authentication.ts'
import { grantRule, scopeRule } from './grants.ts'
import { descriptionRule, identityRule } from './identity.ts'
import { logoutRule } from './logout.ts'
import { policyRule } from './policy.ts'
import { requestRule } from './requests.ts'
import { responseTypeRule } from './response-types.ts'
import { claimsRule, signingRule } from './tokens.ts'

/** What one rule finds wrong with a client. */
export type ClientRule = (client: Client, metadata: ClientMetadata, abilities: Abilities) => readonly Finding[]

/** Everything that a client is held against. */
export const CLIENT_RULES: readonly ClientRule[] = [
  identityRule,
  descriptionRule,
  methodRule,
  signingRule,
  secretRule,
  keyRule,
  assertionRule,
  grantRule,
  responseTypeRule,
  redirectRule,
  scopeRule,
  originRule,
  requestRule,
  logoutRule,
  claimsRule,
  policyRule,
]
