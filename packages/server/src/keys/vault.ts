import { CompactEncrypt, compactDecrypt } from 'jose'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'

/** Encrypts what lies in the store, with the key from the configuration. */
export interface Vault {
  lock(text: string): Promise<string>
  /** Rejects with {@link VaultError} when the text was not locked with this key. */
  unlock(locked: string): Promise<string>
}

/** The stored keys can not be read with the configured encryption key. */
export class VaultError extends Error {
  override readonly name = 'VaultError'
}

const SHORTEST = 32

/** The vault of an encryption key: any secret text of at least 32 characters. */
export function vaultOf(encryptionKey: string): Vault {
  if (encryptionKey.length < SHORTEST) throw new VaultError(`the encryption key is shorter than ${SHORTEST} characters; make one with \`openssl rand -base64 32\``)
  const key = hkdf(sha256, utf8ToBytes(encryptionKey), undefined, utf8ToBytes('latchkey vault'), 32)
  return {
    lock: (text) => new CompactEncrypt(utf8ToBytes(text)).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key),
    async unlock(locked) {
      try {
        const { plaintext } = await compactDecrypt(locked, key, { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] })
        return new TextDecoder().decode(plaintext)
      } catch (cause) {
        throw new VaultError('the keys in the store can not be read with the configured encryption key: it is another one, or the store is damaged', { cause })
      }
    },
  }
}
