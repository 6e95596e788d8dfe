import type { ClientMetadata, KeySchedule, Resource, ScopeEntry, Seconds, SigningAlgorithm } from '@latchkey/core'
import type { EndpointSwitches, RegistrationOptions, TrustedIssuer } from '@latchkey/server'
import type { StoreLocation } from './store-url.ts'
import type { ConfiguredUser } from './user-schema.ts'

/** Where a server listens. */
export interface ListenAddress {
  /** Every address of the machine when absent. */
  readonly host?: string
  readonly port: number
  /** How it speaks https; plain http when absent. */
  readonly tls?: TlsListening
  /** Whose word on the client's address is believed; nobody's when absent. */
  readonly proxies?: TrustedProxies
}

/** How a listener speaks https. */
export interface TlsListening {
  readonly files: TlsFiles
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  /** Those of TLS 1.2, by the names of OpenSSL. */
  readonly ciphers: readonly string[]
  readonly clientCertificates: 'none' | 'request'
}

/** The files of a listener, by their whole paths. They are read again on SIGHUP. */
export interface TlsFiles {
  readonly certificateFile: string
  readonly keyFile: string
  readonly passphraseFile?: string
  readonly caFile?: string
}

/** The proxies in front of a listener. */
export interface TrustedProxies {
  /** Addresses and blocks of addresses, such as `10.0.0.0/8`. */
  readonly addresses: readonly string[]
  /** The one header that they write and that is read. */
  readonly header: 'x-forwarded-for' | 'forwarded'
}

/** How this server calls others. */
export interface OutboundSettings {
  /** Authorities, in PEM, that are believed beside the public ones. */
  readonly extraCa?: string
  /** Who may be called on this machine and in private networks, as `host:port`. */
  readonly dangerouslyAllowLoopback: readonly string[]
}

/** A configuration that can stand: everything the reference server is made of. */
export interface Configuration {
  readonly issuer: string
  readonly allowInsecureIssuer: boolean
  readonly store: StoreLocation
  readonly encryptionKey: EncryptionKey
  readonly listen: ListenAddress
  /** How many processes serve, each on the same address and the same store. */
  readonly workers: number
  readonly endpoints: EndpointSwitches
  readonly outbound: OutboundSettings
  /** The bearer token that rotates the signing keys over HTTP; nobody can when absent. */
  readonly rotateKeysToken?: string
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
  readonly rotation: KeySchedule
}

/** Where the encryption key comes from: it is given, made once for a demo and kept in a file, or forgotten with a store that forgets. */
export type EncryptionKey = { readonly kind: 'given'; readonly text: string } | { readonly kind: 'demo file'; readonly file: string } | { readonly kind: 'ephemeral' }
