import { isJsonRecord, type JsonRecord, type ServerMetadata } from '@latchkey/core/relying-party'
import { asAuthError, authError, type AuthPhase } from './auth-error.ts'
import { exchange, statusError, type ExchangeOptions } from './exchange.ts'
import type { SignatureVerifier } from './id-token-check.ts'
import { keysFor, proves } from './jws-signature.ts'
import type { RelyingParty } from './relying-party.ts'

/** How the issuer's keys are fetched, and the clock in seconds by which they age. */
export interface IssuerSignaturesOptions extends ExchangeOptions {
  readonly now: () => number
}

interface Held {
  readonly address: string
  readonly keys: readonly JsonRecord[]
  readonly fetchedAt: number
}

/** Seconds for which keys are used before they are fetched again. */
const KEPT_FOR = 3600
/** Seconds that must pass between two fetches for the sake of keys that were not among those known. */
const COOLDOWN = 30

/**
 * Verifies signatures by the keys at the issuer's `jwks_uri`, which are fetched when first needed, once for all who wait, and again when a
 * token names a key that is not among them. Which algorithms are allowed has been decided before; a secret never is a key.
 * Throws `signature_invalid`, or why the keys are not to be had.
 * @spec OpenID Connect Core §10.1.1, RFC 7515 §5.2
 */
export function createIssuerSignatures(options: IssuerSignaturesOptions): SignatureVerifier {
  const { now } = options
  let held: Held | undefined
  let loading: Promise<Held> | undefined

  const load = (address: string): Promise<Held> => loading ??= fetchKeys(address, options)
    .then(keys => held = { address, keys, fetchedAt: now() })
    .finally(() => loading = undefined)

  return async (id_token, metadata) => {
    const address = addressOf(metadata)
    const isFresh = held !== undefined && held.address === address && now() - held.fetchedAt < KEPT_FOR
    const known = isFresh && held !== undefined ? held : await load(address)
    let fitting = keysFor(id_token, known.keys)
    if (fitting.length === 0 && now() - known.fetchedAt >= COOLDOWN) fitting = keysFor(id_token, (await load(address)).keys)
    for (const key of fitting) if (await proves(id_token, key)) return
    throw authError('signature_invalid', 'verify', { hint: fitting.length === 0 ? 'none of the keys fits' : undefined })
  }
}

async function fetchKeys(address: string, options: ExchangeOptions): Promise<readonly JsonRecord[]> {
  const { status, body } = await exchange(address, { headers: { accept: 'application/json' } }, 'verify', options)
  if (status !== 200) throw statusError('http_error', 'verify', status, `the keys were answered with status ${status}`)
  if (!isKeySet(body)) throw authError('response_not_json', 'verify', { hint: 'the JSON Web Key Set is malformed' })
  return body.keys
}

function isKeySet(body: unknown): body is { readonly keys: readonly JsonRecord[] } {
  return isJsonRecord(body) && Array.isArray(body['keys']) && body['keys'].every(isJsonRecord)
}

const verifiers = new WeakMap<RelyingParty, SignatureVerifier>()

/** The verifier of a relying party: the one it was given, or one for all its life, so that the issuer's keys are kept. */
export function signaturesOf(party: RelyingParty): SignatureVerifier {
  const verifier = party.verifySignature ?? verifiers.get(party) ?? createIssuerSignatures(party)
  verifiers.set(party, verifier)
  return verifier
}

/** Throws `signature_invalid` unless the issuer signed it, or why that cannot be told. */
export async function requireSignature(party: RelyingParty, jwt: string, metadata: ServerMetadata, phase: AuthPhase): Promise<void> {
  try {
    await signaturesOf(party)(jwt, metadata)
  } catch (cause) {
    throw asAuthError(cause, 'signature_invalid', phase)
  }
}

/** The algorithms that the configuration allows and the issuer announces. @spec OpenID Connect Discovery §3 */
export function algorithmsOf({ idTokenAlgorithms }: RelyingParty, metadata: ServerMetadata, name = 'id_token_signing_alg_values_supported'): readonly string[] {
  const announced = metadata[name]
  return Array.isArray(announced) ? idTokenAlgorithms.filter(alg => announced.includes(alg)) : idTokenAlgorithms
}

function addressOf({ jwks_uri }: ServerMetadata): string {
  if (jwks_uri === undefined) throw authError('endpoint_missing', 'verify', { hint: 'jwks_uri' })
  return jwks_uri
}
