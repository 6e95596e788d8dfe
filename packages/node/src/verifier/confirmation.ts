import { createHash } from 'node:crypto'
import type { AccessTokenClaims } from './access-token.ts'
import { type DpopRules, refuseProof } from './dpop-proof.ts'
import type { VerifyReason } from './verify-refusals.ts'

/** Answers the certificate, in DER, that the client of a request has shown over TLS; the server or proxy that ended TLS knows it. */
export type FindCertificate = (request: Request) => Uint8Array | undefined | Promise<Uint8Array | undefined>

/** What a request must prove beside its token. */
export interface ConfirmationRules {
  readonly dpop: DpopRules
  readonly certificate: FindCertificate | undefined
}

const KNOWN = ['jkt', 'x5t#S256']

/**
 * Answers why a request does not prove that it may use a token bound to a key or a certificate, or `undefined` when it does. A token that is
 * bound to something unknown proves nothing about whoever merely holds it.
 * @spec RFC 9449 §6, §7.2, RFC 8705 §3, RFC 7800 §3.1
 */
export async function refuseConfirmation(request: Request, scheme: 'Bearer' | 'DPoP', token: string, { cnf }: AccessTokenClaims, { dpop, certificate }: ConfirmationRules): Promise<VerifyReason | undefined> {
  const bound = cnf === undefined ? {} : cnf
  if (!isRecord(bound) || Object.keys(bound).some((name) => !KNOWN.includes(name)) || (cnf !== undefined && Object.keys(bound).length === 0)) return 'proof_missing'
  const { jkt, 'x5t#S256': x5t } = bound
  if (jkt === undefined && (scheme === 'DPoP' || dpop.required)) return scheme === 'DPoP' ? 'token_unbound' : 'proof_missing'
  if (x5t !== undefined) {
    if (certificate === undefined) return 'proof_missing'
    const shown = await certificate(request)
    if (shown === undefined || createHash('sha256').update(shown).digest('base64url') !== x5t) return 'certificate_mismatch'
  }
  if (jkt === undefined) return undefined
  return scheme === 'DPoP' && typeof jkt === 'string' ? refuseProof(request, token, jkt, dpop) : 'proof_missing'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
