import type { ClientMetadata, Resource, ScopeEntry, Seconds, SigningAlgorithm } from '@latchkey/core'
import type { RegistrationOptions, TrustedIssuer } from '@latchkey/server'
import type { StoreLocation } from './store-url.ts'
import type { ConfiguredUser } from './user-schema.ts'

/** Where a server listens. */
export interface ListenAddress {
  /** Every address of the machine when absent. */
  readonly host?: string
  readonly port: number
}

/** A configuration that can stand: everything the reference server is made of. */
export interface Configuration {
  readonly issuer: string
  readonly allowInsecureIssuer: boolean
  readonly store: StoreLocation
  readonly encryptionKey: EncryptionKey
  readonly listen: ListenAddress
  readonly sessionLifetime?: Seconds
  readonly isDemo: boolean
  readonly clients: readonly ClientMetadata[]
  readonly users: readonly ConfiguredUser[]
  readonly scopes: readonly ScopeEntry[]
  readonly resources: readonly Resource[]
  readonly trustedIssuers: readonly TrustedIssuer[]
  /** Nobody may register clients when absent. */
  readonly registration?: RegistrationOptions
  readonly algorithms: readonly SigningAlgorithm[]
}

/** Where the encryption key comes from: it is given, made once for a demo and kept in a file, or forgotten with a store that forgets. */
export type EncryptionKey = { readonly kind: 'given'; readonly text: string } | { readonly kind: 'demo file'; readonly file: string } | { readonly kind: 'ephemeral' }
