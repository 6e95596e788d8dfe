import type { Finding } from '@latchkey/core'
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { type Advice, adviceOf } from '../advice-rule.ts'
import type { TlsFiles } from '../configuration.ts'
import { readSecretFile, unreadable } from '../secret-file.ts'

/** What a listener needs to speak https, as its files hold it. */
export interface Certificates {
  /** The certificate and those that lead to its authority, in PEM. */
  readonly cert: string
  readonly key: string
  readonly passphrase?: string
  readonly ca?: string
}

const AT = 'listen.tls'
const SHORTEST_RSA = 2_048
const NO_CERTIFICATE = { reason: 'holds no certificate in PEM', remedy: 'name a file that begins with -----BEGIN CERTIFICATE-----' }

/** Reads the files of a listener, or tells everything that keeps them from being used together. */
export function readCertificates(files: TlsFiles): Certificates | readonly Finding[] {
  const findings: Finding[] = []
  const add = <T>(outcome: T | Finding): T | undefined => {
    if (!isFinding(outcome)) return outcome
    findings.push(outcome)
    return undefined
  }
  const cert = add(readPem(files.certificateFile, `${AT}.certificateFile`))
  const key = add(readPem(files.keyFile, `${AT}.keyFile`))
  const ca = files.caFile === undefined ? undefined : add(readAuthorities(files.caFile, `${AT}.caFile`))
  const passphrase = files.passphraseFile === undefined ? undefined : add(readSecretFile(files.passphraseFile, `${AT}.passphraseFile`, '/'))?.secret
  if (cert === undefined || key === undefined) return findings
  findings.push(...pairFindings(cert, key, passphrase))
  if (findings.length > 0) return findings
  const certificates = { cert, key, ...(passphrase === undefined ? {} : { passphrase }), ...(ca === undefined ? {} : { ca }) }
  return usable(certificates) ? certificates : [finding('certificateFile', 'and listen.tls.keyFile can not be used together', 'make them anew; openssl x509 and openssl pkey show what they hold')]
}

/** What can stand in a certificate, but an operator should know: whom it is for, and until when. */
export function certificateAdvice({ cert }: Certificates, issuer: string, now: Date): readonly Advice[] {
  const certificate = certificateOf(cert)
  if (certificate === undefined) return []
  const { hostname, protocol } = new URL(issuer)
  const host = hostname.replace(/^\[|\]$/g, '')
  const isForHost = (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined
  return adviceOf([
    [protocol !== 'https:', 'warning', 'listen.tls', 'speaks https, and the issuer is plain http', 'write the issuer with https'],
    [!isForHost, 'warning', `${AT}.certificateFile`, `is not for ${host}, the host of the issuer, so that clients turn away`, 'use a certificate that names this host'],
    [new Date(certificate.validTo) <= now, 'warning', `${AT}.certificateFile`, `ended on ${certificate.validTo}`, 'renew it, and send SIGHUP'],
    [new Date(certificate.validFrom) > now, 'warning', `${AT}.certificateFile`, `begins on ${certificate.validFrom} only`, 'use one that has begun'],
  ])
}

function finding(name: keyof TlsFiles, reason: string, remedy: string): Finding {
  return { path: `${AT}.${name}`, reason, remedy }
}

function isFinding(outcome: unknown): outcome is Finding {
  return typeof outcome === 'object' && outcome !== null && 'reason' in outcome
}

function readPem(file: string, path: string): string | Finding {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    return { path, reason: `names a file that ${unreadable(error)}: ${file}`, remedy: 'correct the path, or let this user read the file' }
  }
}

/** The certificates of authorities in a file, in PEM, or why there are none. */
export function readAuthorities(file: string, path: string): string | Finding {
  const pem = readPem(file, path)
  return typeof pem === 'object' || certificateOf(pem) !== undefined ? pem : { path, ...NO_CERTIFICATE }
}

function pairFindings(cert: string, key: string, passphrase: string | undefined): readonly Finding[] {
  const certificate = certificateOf(cert)
  const secret = keyOf(key, passphrase)
  const isWeak = typeof secret === 'object' && secret.asymmetricKeyType === 'rsa' && (secret.asymmetricKeyDetails?.modulusLength ?? 0) < SHORTEST_RSA
  return [
    ...(certificate === undefined ? [{ path: `${AT}.certificateFile`, ...NO_CERTIFICATE }] : []),
    ...(secret === 'locked' ? [finding('passphraseFile', passphrase === undefined ? 'is missing, and the key is encrypted' : 'holds another passphrase than that of the key', 'name a file that holds the passphrase of the key')] : []),
    ...(secret === 'no key' ? [finding('keyFile', 'holds no private key in PEM', 'name a file that begins with -----BEGIN PRIVATE KEY-----')] : []),
    ...(isWeak ? [finding('keyFile', `holds an RSA key of fewer than ${SHORTEST_RSA} bits`, 'make a longer one')] : []),
    ...(certificate !== undefined && typeof secret === 'object' && !certificate.checkPrivateKey(secret) ? [finding('keyFile', 'does not belong to the certificate in listen.tls.certificateFile', 'name the key that the certificate was made for; the certificate must come first in its file')] : []),
  ]
}

function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

function keyOf(pem: string, passphrase: string | undefined): KeyObject | 'locked' | 'no key' {
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) })
  } catch {
    return /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(pem) ? 'locked' : 'no key'
  }
}

function usable(certificates: Certificates): boolean {
  try {
    createSecureContext(certificates)
    return true
  } catch {
    return false
  }
}
