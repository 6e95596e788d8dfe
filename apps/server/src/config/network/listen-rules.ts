import type { Finding } from '@latchkey/core'
import path from 'node:path'
import { parseAddressBlock } from './address-block.ts'
import type { ListenAddress, TlsFiles, TlsListening } from '../configuration.ts'
import { isLoopbackIssuer } from '../issuer.ts'
import { TLS12_CIPHERS } from './listen-schema.ts'
import type { Salvaged } from '../salvage.ts'

/** What can not stand in how a server listens, its files aside. */
export function listenRule(salvaged: Pick<Salvaged, 'listen'>): readonly Finding[] {
  const { caFile, clientCertificates } = salvaged.listen?.tls ?? {}
  const isIdle = caFile !== undefined && clientCertificates !== 'request'
  return [...proxyFindings(salvaged), ...(isIdle ? [{ path: 'listen.tls.caFile', reason: 'has no effect, as no client is asked for a certificate', remedy: 'set clientCertificates to request, or remove it' }] : [])]
}

function proxyFindings({ listen }: Pick<Salvaged, 'listen'>): readonly Finding[] {
  const { trustedProxies = [], forwardedHeader } = listen ?? {}
  const remedy = 'write the addresses of your proxies, such as 10.0.0.0/8, 192.0.2.7 or ::1'
  const faults = trustedProxies.flatMap((text, at) => {
    const block = parseAddressBlock(text)
    if (block === undefined) return [{ path: `listen.trustedProxies[${at}]`, reason: 'is no address and no block of addresses', remedy }]
    return block.prefix === 0 ? [{ path: `listen.trustedProxies[${at}]`, reason: 'is every address, so that anybody could say who they are', remedy }] : []
  })
  const isIdle = forwardedHeader !== undefined && trustedProxies.length === 0
  return isIdle ? [{ path: 'listen.forwardedHeader', reason: 'has no effect without listen.trustedProxies', remedy: 'name your proxies, or remove it' }] : faults
}

/** Where and how a server listens; relative paths start at `folder`. */
export function listenAddress({ listen = {}, issuer = '' }: Pick<Salvaged, 'listen' | 'issuer'>, port: number | undefined, folder: string): ListenAddress {
  const loopback = isLoopbackIssuer(issuer)
  const { hostname, port: issuerPort } = new URL(issuer)
  const host = listen.host ?? (loopback ? (hostname === '[::1]' ? '::1' : '127.0.0.1') : undefined)
  const own = loopback && issuerPort !== '' ? Number(issuerPort) : 4_700
  const { tls, trustedProxies = [], forwardedHeader = 'x-forwarded-for' } = listen
  return {
    port: port ?? listen.port ?? own,
    ...(host === undefined ? {} : { host }),
    ...(tls === undefined ? {} : { tls: tlsListening(tls, folder) }),
    ...(trustedProxies.length === 0 ? {} : { proxies: { addresses: trustedProxies, header: forwardedHeader } }),
  }
}

type ConfiguredTls = NonNullable<NonNullable<Salvaged['listen']>['tls']>

function tlsListening(tls: ConfiguredTls, folder: string): TlsListening {
  const { minVersion = 'TLSv1.2', ciphers = TLS12_CIPHERS, clientCertificates = 'none' } = tls
  return { files: tlsFiles(tls, folder), minVersion, ciphers, clientCertificates }
}

/** The files of a listener that speaks https; relative paths start at `folder`. */
export function tlsFiles({ certificateFile, keyFile, passphraseFile, caFile }: ConfiguredTls, folder: string): TlsFiles {
  const at = (file: string) => path.resolve(folder, file)
  return { certificateFile: at(certificateFile), keyFile: at(keyFile), ...(passphraseFile === undefined ? {} : { passphraseFile: at(passphraseFile) }), ...(caFile === undefined ? {} : { caFile: at(caFile) }) }
}
