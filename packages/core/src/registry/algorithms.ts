/** Signature algorithms that we sign with. @spec RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2 */
export const SIGNING_ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA', 'ES384', 'ES512', 'RS384', 'RS512', 'PS384', 'PS512', 'Ed25519'] as const
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]
