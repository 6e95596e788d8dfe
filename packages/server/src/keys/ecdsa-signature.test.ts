import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { compactVerify, exportJWK } from 'jose'
import { expect, test } from 'vitest'
import { ecdsaSignature } from './ecdsa-signature.ts'
import { signerOf } from './signer.ts'

const TEXT = new TextEncoder().encode('what is signed')

test.each([
  ['ES256', 'P-256', 'sha256', 32],
  ['ES384', 'P-384', 'sha384', 48],
  ['ES512', 'P-521', 'sha512', 66],
] as const)('%s: the signature means in JWS form what it meant in DER, short numbers included', (_, namedCurve, hash, size) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  // Of 600 signatures several have an R or S with a leading zero byte.
  for (let round = 0; round < 600; round++) {
    const signature = ecdsaSignature(sign(hash, TEXT, privateKey), size)
    expect(signature.length).toBe(2 * size)
    expect(verify(hash, TEXT, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true)
  }
})

test('numbers that are short or carry a sign byte end up at the end of their half', () => {
  const der = Uint8Array.of(0x30, 0x08, 0x02, 0x01, 0x07, 0x02, 0x03, 0x00, 0xff, 0x01)
  expect([...ecdsaSignature(der, 4)]).toEqual([0, 0, 0, 7, 0, 0, 0xff, 1])
})

test.each(['ES256', 'ES384', 'ES512', 'RS256', 'PS256', 'PS512', 'EdDSA', 'Ed25519'] as const)('%s: what Node signs another library verifies', async (alg) => {
  const { privateKey } = alg.startsWith('ES')
    ? generateKeyPairSync('ec', { namedCurve: alg === 'ES512' ? 'P-521' : alg.replace('ES', 'P-') })
    : alg.startsWith('E')
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwt = await (await signerOf(await exportJWK(privateKey), alg, 'the key'))('at+jwt', { sub: 'Zoë' })
  const { payload, protectedHeader } = await compactVerify(jwt, createPublicKey(privateKey), { algorithms: [alg] })
  expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({ sub: 'Zoë' })
  expect(protectedHeader).toEqual({ alg, kid: 'the key', typ: 'at+jwt' })
})
