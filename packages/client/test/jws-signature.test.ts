import { CompactSign, exportJWK, generateKeyPair, type GenerateKeyPairResult } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { keysFor, proves } from '../src/jws-signature.ts'

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

async function sign(alg: string, { privateKey }: GenerateKeyPairResult, header: object = {}): Promise<string> {
  return new CompactSign(new TextEncoder().encode('{"sub":"alice"}')).setProtectedHeader({ alg, ...header }).sign(privateKey)
}

describe.each(ALGORITHMS)('a token signed with %s', alg => {
  let keys: GenerateKeyPairResult
  let key: Record<string, unknown>
  beforeAll(async () => {
    keys = await generateKeyPair(alg, { extractable: true })
    key = { ...await exportJWK(keys.publicKey) }
  })
  test('is proven by its key, and by no other key, with no other words and no other signature', async () => {
    const jwt = await sign(alg, keys)
    const other = { ...await exportJWK((await generateKeyPair(alg, { extractable: true })).publicKey) }
    const [head, , signature = ''] = jwt.split('.')
    const bob = Buffer.from('{"sub":"bob"}').toString('base64url')
    const bent = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    expect(await proves(jwt, key)).toBe(true)
    expect(await proves(jwt, other)).toBe(false)
    expect(await proves(`${head}.${bob}.${signature}`, key)).toBe(false)
    for (const wrong of [bent, '', signature.slice(0, -4), `${signature}=`]) expect(await proves(jwt.slice(0, jwt.lastIndexOf('.') + 1) + wrong, key)).toBe(false)
  })
  test('has the keys that fit it, whatever else is published', async () => {
    const jwt = await sign(alg, keys, { kid: 'own' })
    const fits = { ...key, kid: 'own' }
    const unfit = [
      { ...key, kid: 'other' }, { ...key }, { ...fits, use: 'enc' }, { ...fits, alg: 'HS256' }, { ...fits, key_ops: ['sign'] }, { ...fits, key_ops: 'verify' }, { ...fits, kty: 'oct' },
    ]
    const fitting = [fits, { ...fits, use: 'sig', alg, key_ops: ['verify'] }]
    expect(keysFor(jwt, [...unfit, ...fitting])).toEqual(fitting)
    expect(keysFor(await sign(alg, keys), [fits, { ...fits, kid: 'other' }])).toHaveLength(2)
  })
})

test.each(['none', 'HS256', 'RS1', 'ES256K', 'rs256'])('no key fits and none proves the algorithm %s', async alg => {
  const head = Buffer.from(JSON.stringify({ alg })).toString('base64url')
  const keys = await Promise.all(['RS256', 'ES256'].map(async one => ({ ...await exportJWK((await generateKeyPair(one, { extractable: true })).publicKey) })))
  expect(keysFor(`${head}.e30.c2ln`, [...keys, { kty: 'oct', k: 'c2VjcmV0' }])).toEqual([])
  for (const key of keys) expect(await proves(`${head}.e30.c2ln`, key)).toBe(false)
})

test('a short RSA key proves nothing, nor does a key that is none', async () => {
  const pair = await crypto.subtle.generateKey({ name: 'RSASSA-PKCS1-v1_5', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, true, ['sign', 'verify'])
  const input = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.e30`
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', pair.privateKey, new TextEncoder().encode(input))
  const jwk = { ...await crypto.subtle.exportKey('jwk', pair.publicKey) }
  expect(await proves(`${input}.${Buffer.from(signature).toString('base64url')}`, jwk)).toBe(false)
  expect(await proves(`${input}.${Buffer.from(signature).toString('base64url')}`, { kty: 'RSA' })).toBe(false)
})
