import { createHash, hkdfSync } from 'node:crypto'
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose'

/** Seals texts so that only this application can read or make them. */
export interface Sealer {
  /** Seals a text for a purpose; what is sealed for one opens for no other. */
  seal(purpose: string, text: string): Promise<string>
  /** Opens what was sealed for a purpose by any of the secrets; `undefined` for anything else. */
  open(purpose: string, sealed: string): Promise<string | undefined>
}

const ENCRYPTION = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] }

/** Creates a sealer; the first secret seals and all of them open, so that secrets can be changed while sessions live on. @spec RFC 7516 */
export function createSealer(secrets: readonly string[]): Sealer {
  const keys = secrets.map((secret) => new Uint8Array(hkdfSync('sha256', secret, '', 'latchkey web session', 32)))
  const byName = new Map(keys.map((key) => [nameOf(key), key]))
  const [first = new Uint8Array()] = keys

  return {
    seal: (purpose, text) => new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: nameOf(first), typ: purpose }).encrypt(first),
    async open(purpose, sealed) {
      try {
        const { kid, typ } = decodeProtectedHeader(sealed)
        const key = byName.get(kid ?? '')
        if (key === undefined || typ !== purpose) return undefined
        return new TextDecoder().decode((await compactDecrypt(sealed, key, ENCRYPTION)).plaintext)
      } catch {
        return undefined
      }
    },
  }
}

function nameOf(key: Uint8Array): string {
  return createHash('sha256').update('kid').update(key).digest('base64url').slice(0, 8)
}
