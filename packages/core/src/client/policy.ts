import type { Seconds } from '../brand.ts'

/** The settings in which one client may differ from another. Every difference between profiles is one of these. */
export interface ClientPolicy {
  /** Whether the client's authorization requests must carry a code challenge. Public clients always must. */
  readonly pkce: 'required' | 'optional'
  /** `remembered` asks once for each scope, `always` each time, `never` not at all (for the operator's own applications). */
  readonly consent: 'remembered' | 'always' | 'never'
  /** Whether access tokens may pass through the browser, by the response types that carry `token`. */
  readonly accessTokensInFrontChannel: boolean
  /** Whether ID Tokens carry the claims of the scope, also where userinfo could be asked. */
  readonly userClaimsInIdToken: boolean
  /** Whether tokens for users carry the claims about the client, too; those for the client itself always do. */
  readonly clientClaimsInUserTokens: boolean
  /** What the names of the claims about the client begin with in tokens. */
  readonly clientClaimsPrefix: string
  /** For how long a consent is remembered; without it, until it is withdrawn. */
  readonly consentLifetime?: Seconds
  /** How old a sign-in may be for this client; without it, as old as the session. */
  readonly signInLifetime?: Seconds
  /** Whom a client's assertions must be for: this issuer alone, or the issuer and the endpoint that is called, whichever it names. @spec RFC 7523 §3 */
  readonly assertionAudience: 'issuer' | 'endpoint'
  /** For how long a pushed authorization request waits for the browser. @spec RFC 9126 §2.2 */
  readonly pushedRequestLifetime: Seconds
  /** The longest that a request object may last, from its `nbf` to its `exp`, which it then must have; without it, it may have neither. */
  readonly requestObjectLifetime?: Seconds
  readonly authorizationCodeLifetime: Seconds
  readonly accessTokenLifetime: Seconds
  readonly idTokenLifetime: Seconds
  /** From sign-in to the end of the last refresh token. */
  readonly refreshTokenAbsoluteLifetime: Seconds
  /** How long a refresh token may rest unused. */
  readonly refreshTokenSlidingLifetime: Seconds
  /** Whether using a refresh token replaces it. */
  readonly refreshTokenRotation: boolean
  /** For how long the predecessor of a refresh token still yields that same successor; 0 is strict. */
  readonly refreshTokenReplayWindow: Seconds
  readonly deviceCodeLifetime: Seconds
  /** How long a device waits between polls, to begin with. @spec RFC 8628 §3.2 */
  readonly pollingInterval: Seconds
}

/** The named policies. @spec RFC 9700 §2, OAuth 2.1 §4 */
export const PROFILES = ['oauth21', 'oidc', 'legacy', 'fapi2'] as const
export type Profile = (typeof PROFILES)[number]

const OAUTH21: ClientPolicy = {
  pkce: 'required',
  consent: 'remembered',
  accessTokensInFrontChannel: false,
  userClaimsInIdToken: false,
  clientClaimsInUserTokens: false,
  clientClaimsPrefix: 'client_',
  assertionAudience: 'issuer',
  pushedRequestLifetime: 60,
  authorizationCodeLifetime: 60,
  accessTokenLifetime: 3_600,
  idTokenLifetime: 300,
  refreshTokenAbsoluteLifetime: 2_592_000,
  refreshTokenSlidingLifetime: 1_296_000,
  refreshTokenRotation: true,
  refreshTokenReplayWindow: 30,
  deviceCodeLifetime: 600,
  pollingInterval: 5,
}

/** The policy of a profile. Rotation is for public clients; who can authenticate keeps one refresh token. @spec RFC 9700 §2.2.2, §4.14.2 */
export function policyOf(profile: Exclude<Profile, 'fapi2'>, isPublic: boolean): ClientPolicy {
  const base = profile === 'oauth21' ? OAUTH21 : { ...OAUTH21, pkce: 'optional' as const, accessTokensInFrontChannel: true, assertionAudience: 'endpoint' as const }
  return isPublic ? { ...base, pkce: 'required' } : { ...base, refreshTokenRotation: false }
}
