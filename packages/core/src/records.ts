import type { ClaimsRequest } from './authorization/claims-request.ts'
import type { AuthorizationRequest } from './authorization/request.ts'
import type { Digest, Instant, RedirectUri, Seconds } from './brand.ts'
import type { SigningAlgorithm } from './registry/algorithms.ts'
import type { ClientMetadata } from './client/registration.ts'
import type { RegistrationTerms } from './registration/policy.ts'
import type { PostLogoutAddress } from './logout/post-logout-address.ts'

/** How and when the user proved who they are. */
export interface Authentication {
  readonly auth_time: Instant
  readonly amr: readonly string[]
  readonly acr?: string
}

/** What a resource owner approved: the root that tokens descend from and that is revoked. Keyed by its id. */
export interface Authorization extends Authentication {
  readonly client_id: string
  readonly sub: string
  /** The sector whose name for the user its tokens carry instead of `sub`. It stays when the client changes its registration. */
  readonly sector?: string
  readonly sid: string
  readonly scope: readonly string[]
  readonly resource: readonly string[]
  /** Claims about the user that the client asked for one by one. */
  readonly claimsRequest?: ClaimsRequest
  /** Claims that an extension grant adds to every access token of this authorization. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Where its code stands, if it began with one. */
  readonly code?: 'waiting' | 'redeemed'
  readonly createdAt: Instant
  readonly revokedAt?: Instant
  readonly expiresAt: Instant
}

/** A code that was handed out. Keyed by the digest of the code. */
export interface AuthorizationCode {
  readonly client_id: string
  readonly authorization: string
  readonly sub: string
  readonly redirect_uri: RedirectUri
  readonly code_challenge?: string
  readonly nonce?: string
  readonly redeemedAt?: Instant
  readonly expiresAt: Instant
}

/**
 * One family of refresh tokens, from sign-in to its end. Its tokens are the generations 1, 2, 3 … of one secret,
 * each sealed by the server, so that a row a family suffices and no token is ever stored. Keyed by the digest of the secret.
 */
export interface RefreshFamily {
  readonly client_id: string
  readonly authorization: string
  readonly sub: string
  readonly scope: readonly string[]
  readonly resource: readonly string[]
  /** The generation that is good now. */
  readonly generation: number
  /** When that generation replaced the one before. */
  readonly rotatedAt?: Instant
  readonly startedAt: Instant
  readonly expiresAt: Instant
}

/** A reference access token. Keyed by the digest of the token. */
export interface ReferenceToken {
  readonly authorization?: string
  readonly client_id: string
  readonly sub?: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly expiresAt: Instant
}

/** Permission that is remembered. Keyed by {@link consentKey}. */
export interface Consent {
  readonly client_id: string
  readonly sub: string
  readonly scope: readonly string[]
  readonly resource?: readonly string[]
  /** Claims that were asked for one by one. */
  readonly claims?: readonly string[]
  readonly grantedAt: Instant
  readonly expiresAt?: Instant
}

/** A browser's login with us. Keyed by the digest of its cookie. */
export interface Session extends Authentication {
  readonly sub: string
  /** The public name of the session, as ID Tokens and logout tokens carry it. */
  readonly sid: string
  readonly createdAt: Instant
  readonly expiresAt: Instant
}

/** A user who came to let a device in. What the device asked for is in its own row. */
export interface DeviceVisit {
  readonly kind: 'device'
  /** The user code as it came with the address, to be shown and confirmed. */
  readonly user_code?: string
  /** Which client the device is, once its user code has been entered here. */
  readonly client_id?: string
  readonly ui_locales?: string
}

/** A user who may want to sign out. */
export interface LogoutVisit {
  readonly kind: 'logout'
  /** The client that asks for it, as far as it is known. */
  readonly client_id?: string
  readonly returnTo?: PostLogoutAddress
  /** The session that the user was asked about: no other ends by their answer. */
  readonly sid?: string
  readonly ui_locales?: string
}

/** What an interaction is about. */
export type PendingRequest = AuthorizationRequest | DeviceVisit | LogoutVisit

/** An authorization request that its client pushed beforehand. Keyed by the digest of what its `request_uri` ends in. @spec RFC 9126 §2.2 */
export interface PushedRequest {
  readonly client_id: string
  /** What the client asked for, without its credentials. */
  readonly parameters: readonly (readonly [name: string, value: string])[]
  /** Until when a browser may bring it. */
  readonly usableUntil: Instant
  /** When it was answered by a code, or by the user's no. */
  readonly usedAt?: Instant
  /** After {@link usableUntil}: who was asked in time may answer later, and still it counts once. */
  readonly expiresAt: Instant
}

/** A request that waits for its user. Keyed by the digest of its handle. */
export interface Interaction {
  readonly request: PendingRequest
  /** Digest of the cookie of the browser that began it: no other browser may go on with it. */
  readonly browser: Digest
  /** When the user signed in within this interaction. */
  readonly authenticatedAt?: Instant
  /** The subject who was last asked to consent: nobody else's answer counts. */
  readonly consentAskedOf?: string
  /** The device whose user code was entered here. */
  readonly device?: string
  /** The authorization it ended in. */
  readonly authorization?: string
  /** The pushed request that it is about. */
  readonly pushed?: Digest
  readonly createdAt: Instant
  readonly expiresAt: Instant
}

/** Where a device authorization stands. @spec RFC 8628 §3.5 */
export type DeviceState = 'pending' | 'approved' | 'denied' | 'redeemed'

/** A device that waits to be let in. Keyed by the digest of its device code. */
export interface DeviceAuthorization {
  readonly client_id: string
  readonly scope: readonly string[]
  readonly resource: readonly string[]
  readonly state: DeviceState
  /** How long the device must wait between polls, as it was last told. */
  readonly interval: Seconds
  readonly polledAt?: Instant
  /** The interaction in which the user code was entered last: only there it can be decided. */
  readonly enteredIn?: Digest
  readonly authorization?: string
  readonly sub?: string
  /** Where and with what the device asked, as far as it is known. */
  readonly seen?: string
  readonly createdAt: Instant
  readonly expiresAt: Instant
}

/** Which device a user code means. Keyed by the digest of the code in its normal form. */
export interface UserCode {
  readonly device_authorization: string
  readonly expiresAt: Instant
}

/** How often something was tried in vain. Keyed by what was tried and by whom. */
export interface Failures {
  readonly count: number
  /** Until when nothing more may be tried. */
  readonly pausedUntil?: Instant
  readonly expiresAt: Instant
}

/** Something that must not be seen twice, such as the `jti` of an assertion; a token that was revoked before its end; or a device that a user has signed in with. */
export interface Mark {
  readonly expiresAt: Instant
}

/** A key that tokens are signed with. Where it stands in its life follows from its times alone, so that all nodes agree without writing. */
export interface SigningKey {
  readonly use: 'sig'
  readonly alg: SigningAlgorithm
  /** The thumbprint of the public key. */
  readonly kid: string
  /** The key pair as a JWK, encrypted by the key from the configuration. */
  readonly sealed: string
  readonly createdAt: Instant
  /** When it begins to sign. */
  readonly signsAt: Instant
  /** When its successor begins to sign. */
  readonly retiresAt?: Instant
  /** When everything that it signed has expired. */
  readonly expiresAt?: Instant
}

/** The secret behind the seals on what the server hands out, encrypted likewise. */
export interface SealingKey {
  readonly use?: 'seal'
  readonly sealed: string
  readonly createdAt: Instant
  readonly expiresAt?: never
}

/** A key of the server. Keyed by use and number, as in `sig/ES256/1` and `seal/1`: who comes second with a number meets a conflict. */
export type StoredKey = SigningKey | SealingKey
/** A client that was registered at the registration endpoint. Keyed by its `client_id`. */
export interface RegisteredClient {
  /** Everything it registered, with its defaults, and what it was given beside that. */
  readonly metadata: ClientMetadata
  /** Whether it came without an initial access token, so that nobody has looked at it. */
  readonly isSelfRegistered: boolean
  /** Under which it was let in. */
  readonly terms: RegistrationTerms
  readonly registration_access_token: Digest
  /** The origin whose scripts may call for it. */
  readonly origin?: string
  readonly createdAt: Instant
  /** When it was used first. */
  readonly usedAt?: Instant
  /** Until when it is kept unused; none once it has been used. */
  readonly expiresAt?: Instant
}

/** Permission to register clients. Keyed by the digest of the token. */
export interface InitialAccessToken {
  readonly usesLeft: number
  readonly profile?: 'oauth21' | 'oidc'
  readonly scope?: readonly string[]
  readonly createdAt: Instant
  readonly expiresAt: Instant
}

/** How a client wants to hear that a session ended. */
export type LogoutChannel = 'front_channel' | 'back_channel'

/** A client that a session has signed in to, and that wants to hear of its end. Keyed by {@link participationKey}. */
export interface Participation {
  readonly sid: string
  readonly client_id: string
  readonly sub: string
  readonly channels: readonly LogoutChannel[]
  readonly expiresAt: Instant
}

/** What became of telling a client. */
export type DeliveryState = 'waiting' | 'delivered' | 'failed'

/** A logout that a client is to be told of. Keyed by {@link participationKey}. @spec OpenID Connect Back-Channel Logout §2.5 */
export interface LogoutDelivery {
  readonly client_id: string
  readonly sid: string
  readonly sub: string
  readonly state: DeliveryState
  /** How often it was begun. */
  readonly attempts: number
  /** When it may be tried next: until then it is somebody's. */
  readonly nextAt: Instant
  /** The HTTP status of the last answer, if there was one. */
  readonly status?: number
  readonly createdAt: Instant
  readonly expiresAt: Instant
}

/** How many clients are registered. There is one such row, and every registration writes it. */
export interface RegistrationCount {
  /** Those that have been used. */
  readonly used: number
  /** Those that have not, by when they are forgotten. */
  readonly unused: readonly (readonly [expiresAt: Instant, count: number])[]
  /** How many came without an initial access token since then. */
  readonly hour: { readonly from: Instant; readonly count: number }
  /** It stays. */
  readonly expiresAt?: undefined
}

/** Everything that is stored, by kind. */
export interface Records {
  authorization: Authorization
  authorization_code: AuthorizationCode
  refresh_token: RefreshFamily
  access_token: ReferenceToken
  consent: Consent
  session: Session
  interaction: Interaction
  pushed_request: PushedRequest
  device_authorization: DeviceAuthorization
  user_code: UserCode
  failures: Failures
  mark: Mark
  key: StoredKey
  client: RegisteredClient
  initial_access_token: InitialAccessToken
  registration_count: RegistrationCount
  participation: Participation
  logout_delivery: LogoutDelivery
}
export type Kind = keyof Records

/** By which members, besides the key, rows of a kind are looked up. A store keeps an index for each, and one on `expiresAt`. */
export const INDEXED = {
  authorization: ['sub', 'client_id', 'sid'],
  authorization_code: [],
  refresh_token: ['authorization', 'sub'],
  access_token: ['authorization'],
  consent: ['sub', 'client_id'],
  session: ['sub', 'sid'],
  interaction: [],
  pushed_request: [],
  device_authorization: [],
  user_code: [],
  failures: [],
  mark: [],
  key: ['use'],
  client: ['origin'],
  initial_access_token: [],
  registration_count: [],
  participation: ['sid'],
  logout_delivery: ['sid', 'state'],
} as const satisfies { readonly [K in Kind]: readonly (keyof Records[K] & string)[] }

/** A member that {@link INDEXED} names for the kind. */
export type IndexOf<K extends Kind> = (typeof INDEXED)[K][number]

/** A record as it was gathered. `revision` changes whenever the row does. */
export type Row<K extends Kind> = { [Each in K]: Readonly<Records[Each]> & { readonly kind: Each; readonly key: string; readonly revision: number } }[K]

/**
 * A change to one row. `insert` conflicts with a row that exists; `replace` and `remove` conflict when the row is no longer at
 * `revision`, gone included.
 */
export type Write<K extends Kind = Kind> = {
  [Each in K]:
    | { readonly write: 'insert'; readonly kind: Each; readonly key: string; readonly record: Records[Each] }
    | { readonly write: 'replace'; readonly kind: Each; readonly key: string; readonly revision: number; readonly record: Records[Each] }
    | { readonly write: 'remove'; readonly kind: Each; readonly key: string; readonly revision: number }
}[K]

/** Adds a row that does not exist yet. */
export function insert<K extends Kind>(kind: K, key: string, record: Records[K]): Write {
  return { write: 'insert', kind, key, record } as Write
}

/** Changes some members of a row as it was gathered. */
export function amend<K extends Kind>(row: Row<K>, changes: Partial<Records[K]>): Write {
  const { kind, key, revision, ...record } = row
  return { write: 'replace', kind, key, revision, record: { ...record, ...changes } } as unknown as Write
}

/** Puts another record in the place of a row as it was gathered. */
export function replace<K extends Kind>(row: Row<K>, record: Records[K]): Write {
  return { write: 'replace', kind: row.kind, key: row.key, revision: row.revision, record } as Write
}

/** Takes away a row as it was gathered. */
export function remove<K extends Kind>(row: Row<K>): Write {
  return { write: 'remove', kind: row.kind, key: row.key, revision: row.revision } as Write
}

/** The key of the consent that a user gave a client. */
export function consentKey(client_id: string, sub: string): string {
  return `${client_id} ${sub}`
}

/** The key of what a client has to do with a session. */
export function participationKey(client_id: string, sid: string): string {
  return `${client_id} ${sid}`
}
