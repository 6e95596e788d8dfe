export {
  AuthError, type AccessToken, type AuthErrorCode, type AuthPhase, type ClientAuth, clientSecretBasic, clientSecretJwt, clientSecretPost, createDpop, type Dpop, type DpopKey, isAuthError,
  privateKeyJwt, signedRequests, type SigningKey,
} from '@latchkey/client'
export { createServiceAuth, type ServiceAuth, type ServiceAuthOptions, type ServiceTokens, type TokenOptions } from './service/service-auth.ts'
export type { TokenCache } from './service/token-cache.ts'
export type { RequestCause, TokenEvent, TokenTarget } from './service/token-events.ts'
export type { ProxyRoute, ProxyToken } from './web/proxy.ts'
export { memorySessionStore, type SessionStore } from './web/session-store.ts'
export type { SessionOptions, WebAuthOptions } from './web/settings.ts'
export { createWebAuth, type RequestSession, type WebAuth } from './web/web-auth.ts'
export type { WebSession } from './web/web-session.ts'
export type { AccessTokenClaims } from './verifier/access-token.ts'
export type { Requirements } from './verifier/challenge.ts'
export { createVerifier, type SigningAlgorithm, type VerifiedAccessToken, type Verifier, type VerifierOptions } from './verifier/verifier.ts'
export { isVerifyError, VerifyError } from './verifier/verify-error.ts'
export type { VerifyReason } from './verifier/verify-refusals.ts'
