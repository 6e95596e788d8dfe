import { createVerifier, isVerifyError } from '@latchkey/node'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { API, type Demo, SECRETS, startDemo } from './running/demo.ts'

let demo: Demo
let token: string

beforeAll(async () => {
  demo = await startDemo()
  token = await serviceToken()
})
afterAll(() => demo?.stop())

async function serviceToken(): Promise<string> {
  const authorization = `Basic ${Buffer.from(`service:${SECRETS.service}`).toString('base64')}`
  const answer = await fetch(`${demo.issuer}/token`, { method: 'POST', headers: { authorization }, body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'api' }) })
  const { access_token } = (await answer.json()) as { access_token: string }
  return access_token
}

const bearer = (text: string) => new Request('http://api.test/me', { headers: { authorization: `Bearer ${text}` } })
const changed = (text: string, part: number) => text.split('.').map((piece, at) => (at === part ? (piece.startsWith('A') ? 'B' : 'A') + piece.slice(1) : piece)).join('.')

describe('a JWT access token of the running server', () => {
  test('holds for the verifier of @latchkey/node', async () => {
    const verify = createVerifier({ issuer: demo.issuer, audience: API })
    expect(await verify(bearer(token), { scope: 'api' })).toMatchObject({ sub: 'service', clientId: 'service', scope: new Set(['api']) })
    const error: unknown = await createVerifier({ issuer: demo.issuer, audience: 'https://other.example' })(bearer(token)).catch((thrown: unknown) => thrown)
    expect(isVerifyError(error) && error.reason).toBe('audience_mismatch')
    for (const part of [0, 1, 2]) await expect(verify(bearer(changed(token, part)))).rejects.toMatchObject({ code: 'invalid_token' })
  })

  test('holds for plain jose with the keys at jwks_uri', async () => {
    const keys = createRemoteJWKSet(new URL(`${demo.issuer}/jwks`))
    const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: demo.issuer, audience: API, typ: 'at+jwt', algorithms: ['ES256'], requiredClaims: ['exp', 'iat', 'jti', 'sub', 'client_id', 'scope'] })
    expect(payload).toMatchObject({ iss: demo.issuer, aud: API, sub: 'service', client_id: 'service', scope: 'api' })
    expect(protectedHeader.kid).toBe(decodeProtectedHeader(token).kid)
    for (const part of [0, 1, 2]) await expect(jwtVerify(changed(token, part), keys)).rejects.toThrow()
  })

  test('the published keys are public, and the token carries none', async () => {
    const { keys } = (await (await fetch(`${demo.issuer}/jwks`)).json()) as { keys: Record<string, unknown>[] }
    expect(keys.map(({ alg }) => alg)).toEqual(expect.arrayContaining(['ES256', 'RS256']))
    expect(keys.flatMap((key) => Object.keys(key)).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(name))).toEqual([])
    expect(Object.keys(decodeProtectedHeader(token)).sort()).toEqual(['alg', 'kid', 'typ'])
  })
})
