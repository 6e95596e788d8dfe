import { type Finding, SIGNING_ALGORITHMS } from '@latchkey/core'
import type { AuthorizationServerOptions } from '../create.ts'
import type { TrustedIssuer, TrustedJwk } from './trusted-issuer.ts'

const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/|$)/
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

/** What can not stand in the issuers whose assertions are believed. */
export function assertionFindings({ issuer, assertions }: AuthorizationServerOptions): readonly Finding[] {
  return trustedIssuerFindings(assertions?.issuers ?? [], issuer, 'assertions.issuers')
}

/** What can not stand in a list of trusted issuers that is written at `place`, for the server of this issuer. */
export function trustedIssuerFindings(issuers: readonly TrustedIssuer[], issuer: string, place: string): readonly Finding[] {
  return issuers.flatMap((trusted, at) => {
    const path = `${place}[${at}]`
    return [
      ...when(trusted.issuer === '', `${path}.issuer`, 'is empty', 'write the iss of its assertions'),
      ...when(trusted.issuer === issuer, `${path}.issuer`, 'is this server itself', 'use token exchange for tokens of this server'),
      ...when(issuers.findIndex((other) => other.issuer === trusted.issuer) < at, `${path}.issuer`, 'is named twice', 'put its keys into one entry'),
      ...keyFindings(trusted, path),
    ]
  })
}

function keyFindings({ jwks, jwks_uri, algorithms }: TrustedIssuer, path: string): readonly Finding[] {
  const known: readonly string[] = SIGNING_ALGORITHMS
  const foreign = algorithms?.find((alg) => !known.includes(alg))
  return [
    ...when((jwks === undefined) === (jwks_uri === undefined), path, 'has not exactly one of jwks and jwks_uri', 'name its keys, or where it publishes them'),
    ...when(jwks_uri !== undefined && !isFetchable(jwks_uri), `${path}.jwks_uri`, 'is neither https nor on this machine', 'use the https address of its keys'),
    ...when(jwks !== undefined && jwks.keys.length === 0, `${path}.jwks`, 'has no key', 'add a public key'),
    ...when(jwks?.keys.some(({ kty }) => typeof kty !== 'string') === true, `${path}.jwks`, 'holds something that is no key', 'write JWKs, each with its kty'),
    ...when(jwks?.keys.some(isSecret) === true, `${path}.jwks`, 'holds a private or symmetric key', 'keep only the public members'),
    ...when(algorithms?.length === 0, `${path}.algorithms`, 'is empty', 'name at least one, or leave it out'),
    ...when(foreign !== undefined, `${path}.algorithms`, `${String(foreign)} is not accepted`, `use some of ${known.join(', ')}`),
  ]
}

function isSecret(jwk: TrustedJwk): boolean {
  return PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))
}

function isFetchable(uri: string): boolean {
  if (!URL.canParse(uri)) return false
  const { username, password, hash } = new URL(uri)
  return (uri.startsWith('https://') || LOOPBACK.test(uri)) && username === '' && password === '' && hash === ''
}

function when(isWrong: boolean, path: string, reason: string, remedy: string): readonly Finding[] {
  return isWrong ? [{ path, reason, remedy }] : []
}
