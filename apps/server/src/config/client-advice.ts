import { carries, type Client } from '@latchkey/core'
import { type Advice, adviceOf, type AdviceRule } from './advice-rule.ts'
import type { ConfiguredClient } from './client-schema.ts'
import type { Placed } from './salvage.ts'

const DAY = 86_400
const LONGEST_CODE = 60

/** What can stand in a client, but an operator should know. @spec RFC 9700 §2, OAuth 2.1 §10 */
export function clientAdvice(client: Client, placed: Placed<ConfiguredClient> | undefined, index: number, isLocal: boolean): readonly Advice[] {
  const written = placed?.value ?? { client_id: client.client_id }
  const path = `clients[${placed?.at ?? index}]`
  return adviceOf([
    ...profileRules(client, written),
    ...grantRules(client),
    ...responseTypeRules(client),
    ...lifetimeRules(client),
    // A server on this machine is a try, whose secrets and addresses are nobody's concern.
    ...(isLocal ? [] : [...secretRules(written), ...redirectRules(client), ...logoutRules(client)]),
  ]).map((advice) => ({ ...advice, path: `${path}.${advice.path}` }))
}

function profileRules({ profile, policy, response_types }: Client, written: ConfiguredClient): readonly AdviceRule[] {
  const asksForCodes = response_types.some((type) => carries(type, 'code'))
  return [
    [profile === 'legacy', 'warning', 'profile', 'is legacy, which permits what OAuth 2.1 has taken out: implicit, password, and codes without PKCE', 'use profile oauth21, or oidc for a client that needs hybrid responses'],
    [policy.pkce === 'optional' && asksForCodes, 'warning', written.policy?.pkce === undefined ? 'profile' : 'policy.pkce', 'lets the client leave PKCE out, so that a stolen code is worth more', written.policy?.pkce === undefined ? 'set policy.pkce to required, or use profile oauth21, once the client sends code_challenge' : 'set it to required once the client sends code_challenge'],
  ]
}

function grantRules({ grant_types, response_types }: Client): readonly AdviceRule[] {
  const isHybrid = response_types.every((type) => carries(type, 'code'))
  const implicit = grant_types.indexOf('implicit')
  const password = grant_types.indexOf('password')
  return [
    [password >= 0, 'warning', `grant_types[${password}]`, 'is password: the client sees the passwords of its users, and neither a second factor nor a sign-in elsewhere can protect them', 'use authorization_code, the device flow, or client_credentials for machines'],
    [implicit >= 0 && !isHybrid, 'warning', `grant_types[${implicit}]`, 'is implicit: what the authorization endpoint hands out can be read from the address bar and the history', 'use authorization_code with PKCE'],
    [implicit >= 0 && isHybrid, 'advice', `grant_types[${implicit}]`, 'is implicit, for hybrid responses only', 'use response type code alone unless the client needs its ID Token before the code is redeemed'],
  ]
}

function responseTypeRules({ response_types }: Client): readonly AdviceRule[] {
  const tokens = response_types.map((type, at): AdviceRule => [carries(type, 'token'), 'warning', `response_types[${at}]`, `is ${type}, which sends access tokens through the browser, where others can read them`, 'use code, or code id_token'])
  const front = response_types.find((type) => type !== 'code')
  return [
    ...tokens,
    [front !== undefined && response_types.includes('code'), 'warning', 'response_types', `mixes code with ${front ?? ''}, so that whoever changes a request can downgrade it`, 'register two clients, one for each'],
  ]
}

function lifetimeRules({ policy, grant_types }: Client): readonly AdviceRule[] {
  const isStrict = policy.refreshTokenRotation && policy.refreshTokenReplayWindow === 0 && grant_types.includes('refresh_token')
  return [
    [policy.accessTokenLifetime > DAY, 'warning', 'policy.accessTokenLifetime', 'is longer than a day: a stolen access token is good until it ends, and APIs that check it themselves hear of no revocation', 'use 1h or less, and refresh tokens for what lasts longer'],
    [policy.authorizationCodeLifetime > LONGEST_CODE, 'warning', 'policy.authorizationCodeLifetime', 'is longer than 60 seconds, though a code is redeemed within a few', 'use 60s'],
    [policy.refreshTokenAbsoluteLifetime < policy.refreshTokenSlidingLifetime, 'advice', 'policy.refreshTokenSlidingLifetime', 'is longer than refreshTokenAbsoluteLifetime, and has no effect', 'make it shorter'],
    [isStrict, 'advice', 'policy.refreshTokenReplayWindow', 'is 0: a client that loses an answer on the way, or refreshes in two tabs at once, is taken for a thief and its user must sign in again', 'use 30s, unless every client retries with the newest refresh token'],
  ]
}

function secretRules({ client_secret, client_secret_file, secrets = [] }: ConfiguredClient): readonly AdviceRule[] {
  const reason = 'has no end: whoever finds it years later can still use it'
  const single: AdviceRule = [client_secret !== undefined || client_secret_file !== undefined, 'advice', client_secret === undefined ? 'client_secret_file' : 'client_secret', reason, 'write it under secrets with expiresAt, and add the next one before that']
  return [single, ...secrets.map(({ expiresAt }, at): AdviceRule => [expiresAt === undefined, 'advice', `secrets[${at}]`, reason, 'add expiresAt, and the next secret before that'])]
}

// A native app listens on the loopback address of its user's machine, as it should.
function redirectRules({ redirect_uris, application_type }: Client): readonly AdviceRule[] {
  return redirect_uris.map((uri, at): AdviceRule => [
    uri.startsWith('http:') && application_type === 'web', 'warning', `redirect_uris[${at}]`, 'is plain http on the developer’s own machine', 'remove it from a server that others use, or make the client application_type native',
  ])
}

function logoutRules({ post_logout_redirect_uris, application_type, frontchannel_logout_uri, backchannel_logout_uri }: Client): readonly AdviceRule[] {
  const after = post_logout_redirect_uris.map((uri, at): AdviceRule => [
    uri.startsWith('http:') && application_type === 'web', 'warning', `post_logout_redirect_uris[${at}]`, 'is plain http on the developer’s own machine', 'remove it from a server that others use',
  ])
  return [
    ...after,
    [frontchannel_logout_uri?.startsWith('http:') === true, 'warning', 'frontchannel_logout_uri', 'is plain http on the developer’s own machine, and a page on https may not load it', 'use the https address of the client'],
    [backchannel_logout_uri?.startsWith('http:') === true, 'warning', 'backchannel_logout_uri', 'is plain http, which this server does not call', 'use the https address of the client'],
    [frontchannel_logout_uri !== undefined && backchannel_logout_uri === undefined, 'advice', 'frontchannel_logout_uri', 'is the only way in which the client hears of a logout, and browsers that keep its cookies from frames leave its session open', 'add a backchannel_logout_uri'],
  ]
}
