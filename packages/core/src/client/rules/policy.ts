import { type Finding, when } from '../finding.ts'
import type { Client } from '../metadata.ts'

const SWITCHES = ['accessTokensInFrontChannel', 'userClaimsInIdToken', 'clientClaimsInUserTokens', 'refreshTokenRotation'] as const

/** What is wrong with the settings of a client. */
export function policyRule({ policy, token_endpoint_auth_method: method }: Client): readonly Finding[] {
  const positive = Object.entries(policy).filter(([name]) => name.endsWith('Lifetime'))
  return [
    ...positive.flatMap(([name, value]) => when(!Number.isSafeInteger(value) || Number(value) <= 0, `policy.${name}`, 'is not a positive whole number of seconds', 'write seconds')),
    ...when(!Number.isSafeInteger(policy.pollingInterval) || policy.pollingInterval <= 0 || policy.pollingInterval > 60, 'policy.pollingInterval', 'is not between 1 and 60 seconds', 'use 5'),
    ...SWITCHES.flatMap((name) => when(typeof policy[name] !== 'boolean', `policy.${name}`, 'is neither true nor false', 'write true or false')),
    ...when(!Number.isInteger(policy.refreshTokenReplayWindow) || policy.refreshTokenReplayWindow < 0 || policy.refreshTokenReplayWindow > 300, 'policy.refreshTokenReplayWindow', 'is not between 0 and 300 seconds', 'use 30, or 0 for strict rotation'),
    ...when(policy.authorizationCodeLifetime > 600, 'policy.authorizationCodeLifetime', 'is longer than ten minutes', 'use 60'),
    ...when(policy.pushedRequestLifetime > 600, 'policy.pushedRequestLifetime', 'is longer than ten minutes', 'use 60'),
    ...when(!['issuer', 'endpoint'].includes(policy.assertionAudience), 'policy.assertionAudience', 'is neither issuer nor endpoint', 'use issuer'),
    ...when(!/^[A-Za-z0-9_:/.-]{0,64}$/.test(policy.clientClaimsPrefix), 'policy.clientClaimsPrefix', 'is no beginning of a claim name', 'use client_, or an empty text for none'),
    ...when(method === 'none' && policy.pkce !== 'required', 'policy.pkce', 'a public client can not do without PKCE', 'remove the setting'),
    ...when(method !== 'none' && !['required', 'optional'].includes(policy.pkce), 'policy.pkce', 'is neither required nor optional', 'use required'),
    ...when(!['remembered', 'always', 'never'].includes(policy.consent), 'policy.consent', 'is none of remembered, always and never', 'use remembered'),
    ...when(method === 'none' && !policy.refreshTokenRotation, 'policy.refreshTokenRotation', 'a public client can not do without rotation', 'remove the setting'),
  ]
}
