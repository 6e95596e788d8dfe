import type { Finding } from '@latchkey/core'
import { constants } from 'node:crypto'
import type { SecureContextOptions, TlsOptions } from 'node:tls'
import { readCertificates } from '../config/network/certificates.ts'
import type { TlsListening } from '../config/configuration.ts'
import { TLS13_CIPHERS } from '../config/network/listen-schema.ts'

/**
 * What Node's server needs to speak https as it is configured, with the certificates as their files hold them now; or what is wrong with them.
 * Nothing renegotiates. Certificates of clients are asked for and not judged here: without authorities of ours a client may have made its own.
 * @spec RFC 8446 §9.2, RFC 9325 §4.2
 */
export function secureOptions({ files, minVersion, ciphers, clientCertificates }: TlsListening): (SecureContextOptions & TlsOptions) | { readonly findings: readonly Finding[] } {
  const certificates = readCertificates(files)
  if (!('cert' in certificates)) return { findings: certificates }
  return {
    ...certificates,
    minVersion,
    ciphers: [...TLS13_CIPHERS, ...ciphers].join(':'),
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    requestCert: clientCertificates === 'request',
    rejectUnauthorized: false,
  }
}
