export type { Arrival, AuthorizationServer, Exchange } from './authorization-server.ts'
export { trustedIssuerFindings } from './assertions/findings.ts'
export type { TrustedIssuer, TrustedJwk } from './assertions/trusted-issuer.ts'
export type { Consents } from './consents.ts'
export { type AuthorizationServerOptions, ConfigurationError, createAuthorizationServer, type RunningServer } from './create.ts'
export type { DeviceOutcome, DevicePage, Devices } from './devices.ts'
export { ENDPOINT_NAMES, type EndpointName, type EndpointSwitches, formatEndpointFindings, grantEndpointFindings } from './endpoint-switches.ts'
export type { Logouts } from './logouts.ts'
export type { Interactions, Submitted, Waiting, WaitingDevice, WaitingLogout, WaitingRequest } from './interactions.ts'
export { pageHeaders } from './http/page.ts'
export { listKeys } from './keys/key-rotation.ts'
export { type StoredKeys, storedKeys, type StoredKeysOptions } from './keys/stored-keys.ts'
export { VaultError } from './keys/vault.ts'
export type { Clock } from './ports/clock.ts'
export type { Event, Events } from './ports/events.ts'
export type { InteractionPages, LogoutOutcome, Onward, ShownRefusal } from './ports/interaction.ts'
export { fetchOutbound } from './outbound/fetch-outbound.ts'
export { isPublicAddress, isPublicHost } from './outbound/public-host.ts'
export type { KeyRotation, Keys, ListedKey, PublicJwk } from './ports/keys.ts'
export { type Outbound, type OutboundAnswer, OutboundRefused, type OutboundRequest } from './ports/outbound.ts'
export type { Random } from './ports/random.ts'
export type { KnownRecords, Store } from './ports/store.ts'
export type { Users } from './ports/users.ts'
export { StoreUnavailable } from './reached.ts'
export { type InvitationOptions, inviteClients, type Invited } from './registration/invite.ts'
export { registrationFindings, type RegistrationOptions } from './registration/options.ts'
export type { Sessions } from './sessions.ts'
export { settle } from './settle.ts'
export type { Attempts, Proven } from './throttle/attempts.ts'
export { sessionIn, subjectFor, subjectIn } from './subjects.ts'
// What the author of a grant needs, so that a grant is one file with one import.
export {
  type AbortSignalLike,
  type Account,
  accountOf,
  amend,
  among,
  behind,
  type Client,
  defineGrant,
  digest,
  type ExtensionError,
  fact,
  find,
  type Grant,
  type GrantDefinition,
  type GrantInput,
  type GrantRefusal,
  type GrantSubject,
  insert,
  type Issue,
  issueFor,
  type IssueRequest,
  optional,
  type Parameter,
  presented,
  type Refusal,
  refuseGrant,
  remove,
  replace,
  required,
  several,
  unbounded,
} from '@latchkey/core'
