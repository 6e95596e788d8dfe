import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { codeChallenge, decodeBase64url, encodeBase64url, formOf, idTokenClaims, isCodeChallenge, parseClientCredentials, parseForm, proves, SIGNING_ALGORITHMS, tokenHash } from '../src/index.ts'
import { expectRefusal, parsedForm } from './world.ts'

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./vectors/${name}.json`, import.meta.url), 'utf8')) as T
}

const pkce = read<{ cases: { code_verifier: string; code_challenge: string }[] }>('rfc7636-appendix-b')
const appendixA = read<{ cases: { example: string; alg: string; value: string; hash: string }[] }>('openid-connect-core-appendix-a')
const base64url = read<{ cases: { text: string; base64url: string }[]; refused: { why: string; base64url: string }[] }>('rfc4648-section-10')
const rfc6749 = read<{
  form: { section: string; encoded: string; name: string; value: string | null }[]
  malformed: string[]
  basic: { section: string; authorization: string; client_id: string; secret: string }[]
}>('rfc6749')

describe('RFC 7636 Appendix B', () => {
  it.each(pkce.cases)('$code_verifier', ({ code_verifier, code_challenge }) => {
    expect(codeChallenge(code_verifier)).toBe(code_challenge)
    expect(isCodeChallenge(code_challenge)).toBe(true)
    expect(proves(code_verifier, code_challenge)).toBe(true)
    expect(proves(`${code_verifier.slice(0, -1)}l`, code_challenge)).toBe(false)
  })
})

describe('OpenID Connect Core Appendix A', () => {
  it.each(appendixA.cases)('$example', ({ alg, value, hash }) => {
    expect(tokenHash(value, alg)).toBe(hash)
  })
})

describe('token hashes by algorithm', () => {
  const hashOf = (alg: string): string => (alg === 'EdDSA' || alg === 'Ed25519' ? 'sha512' : `sha${alg.slice(-3)}`)
  it.each([...SIGNING_ALGORITHMS, 'HS256', 'HS384', 'HS512'])('%s is the left half of the same digest by node:crypto', (alg) => {
    const value = 'a token ü \u{1f511}'
    const full = createHash(hashOf(alg)).update(value, 'utf8').digest()
    expect(tokenHash(value, alg)).toBe(full.subarray(0, full.length / 2).toString('base64url'))
  })
  it.each(['none', 'ES256K', 'RS1', 'Ed448', '', 'xRS256', 'RS2567', '__proto__'])('%s has none', (alg) => {
    expect(tokenHash('value', alg)).toBeUndefined()
  })
  it('go into the ID Token beside what they hash, each under its own name', () => {
    const claims = idTokenClaims({ alg: 'ES384', claims: { sub: 'alice' }, state: 'S' }, { access_token: 'A', code: 'C' })
    expect(claims).toEqual({ sub: 'alice', at_hash: tokenHash('A', 'ES384'), c_hash: tokenHash('C', 'ES384'), s_hash: tokenHash('S', 'ES384') })
    expect(new Set(Object.values(claims)).size).toBe(4)
    expect(idTokenClaims({ alg: 'ES256', claims: { sub: 'alice' } }, {})).toEqual({ sub: 'alice' })
  })
})

describe('RFC 4648 §10', () => {
  it.each(base64url.cases)('"$text" is "$base64url"', ({ text, base64url: encoded }) => {
    const bytes = new Uint8Array(Buffer.from(text))
    expect(encodeBase64url(bytes)).toBe(encoded)
    expect(decodeBase64url(encoded)).toEqual(bytes)
  })
  it.each(base64url.refused)('"$base64url" is refused: $why', ({ base64url: text }) => {
    expect(decodeBase64url(text)).toBeUndefined()
  })
})

describe('RFC 6749 encodings', () => {
  it.each(rfc6749.form)('form $section: $name', ({ encoded, name, value }) => {
    expect(parsedForm(encoded).one(name)).toBe(value ?? undefined)
  })
  it.each(rfc6749.malformed)('form %s is malformed', (encoded) => {
    expectRefusal(parseForm(encoded), 'form_malformed')
  })
  it.each(rfc6749.basic)('Basic $section', ({ authorization, client_id, secret }) => {
    expect(parseClientCredentials(authorization, formOf(new Map()))).toEqual({ client_id, secret, method: 'client_secret_basic' })
  })
})
