import * as z from 'zod'
import { saying } from '../saying.ts'

/** The cipher suites of TLS 1.3, which are always offered. @spec RFC 8446 §B.4 */
export const TLS13_CIPHERS = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'] as const

/** The cipher suites that TLS 1.2 may use: keys agreed on afresh, AES-GCM. @spec RFC 9325 §4.2 */
export const TLS12_CIPHERS = ['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'] as const

const file = z.string().min(1, { error: saying('is empty', 'name a file') })

const tlsSchema = z.strictObject({
  certificateFile: file.describe('The certificate in PEM, with those that lead to its authority after it. Relative to this file.'),
  keyFile: file.describe('The private key of the certificate in PEM.'),
  passphraseFile: file.describe('A file that holds the passphrase of the key.').optional(),
  minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).describe('The oldest version that is spoken; TLSv1.2 when absent. TLS 1.3 is preferred.').optional(),
  ciphers: z.array(z.enum(TLS12_CIPHERS)).min(1, { error: saying('is empty', 'name at least one, or leave it out') }).describe('The cipher suites of TLS 1.2, the preferred one first. All of these when absent.').optional(),
  clientCertificates: z.enum(['none', 'request']).describe('`request` asks clients for a certificate and goes on without one; browsers that have one ask their user. `none` when absent.').optional(),
  caFile: file.describe('The authorities, in PEM, that clients are told to have certificates of.').optional(),
})

/** Where and how the server listens, as the configuration writes it. */
export const listenSchema = z.strictObject({
  host: z.string().min(1).describe('The address to listen on. The loopback address for a loopback issuer, otherwise every address.').optional(),
  port: z.int().min(0).max(65_535).describe('The port to listen on; 4700 when absent.').optional(),
  tls: tlsSchema.describe('Speaks https by itself. Without it a proxy in front has to.').optional(),
  trustedProxies: z.array(z.string()).describe('The addresses of your proxies, such as 10.0.0.0/8 or ::1. What they say of the client is believed, and nobody else.').optional(),
  forwardedHeader: z.enum(['x-forwarded-for', 'forwarded']).describe('The header in which your proxies write the address of the client; x-forwarded-for when absent. The other one is never read.').optional(),
})
