import { describe, expect, test } from 'vitest'
import { decideHybridResponse, decideIdTokenPair, requiredHashesOf, type HybridResponseType, type RelyingPartyRefusalKey } from './index.ts'

const issuer = 'https://op.example'
const now = 1_800_000_000

function decide(query: string, response_type: HybridResponseType = 'code id_token', issIsAdvertised = true): ReturnType<typeof decideHybridResponse> {
  const pending = { issuer, client_id: 'web', redirect_uri: 'https://app.example/cb', state: 's1', nonce: 'n', code_verifier: 'v', response_type, createdAt: now }
  return decideHybridResponse(new URLSearchParams(query), { pending, issIsAdvertised, now, lifetime: 3600 })
}

describe('hybrid response', () => {
  const good = `code=abc&state=s1&iss=${issuer}&id_token=x.y.z`
  test('accepts what was asked for', () => {
    expect(decide(good)).toEqual({ kind: 'accepted', code: 'abc', id_token: 'x.y.z' })
    expect(decide(`${good}&access_token=at&token_type=bearer&expires_in=60`, 'code id_token token')).toEqual({ kind: 'accepted', code: 'abc', id_token: 'x.y.z', access_token: 'at' })
    expect(decide('code=abc&state=s1&id_token=x.y.z')).toMatchObject({ kind: 'accepted' })
  })
  test.each<[RelyingPartyRefusalKey, string, HybridResponseType?]>([
    ['state_mismatch', 'code=abc&id_token=x.y.z'],
    ['issuer_mismatch', 'code=abc&state=s1&iss=https://evil.example&id_token=x.y.z'],
    ['issuer_missing', 'code=abc&state=s1'],
    ['id_token_missing', `code=abc&state=s1&iss=${issuer}`],
    ['id_token_missing', `code=abc&state=s1&iss=${issuer}&id_token=`],
    ['code_missing', `state=s1&iss=${issuer}&id_token=x.y.z`],
    ['access_token_missing', good, 'code id_token token'],
    ['token_type_mismatch', `${good}&access_token=at`, 'code id_token token'],
    ['token_type_mismatch', `${good}&access_token=at&token_type=DPoP`, 'code id_token token'],
    ['front_channel_token', `${good}&access_token=at&token_type=Bearer`],
    ['response_malformed', `${good}&id_token=x.y.z`],
    ['response_malformed', `${good}&access_token=a&access_token=b&token_type=Bearer`, 'code id_token token'],
    ['response_malformed', `${good}&access_token=a&token_type=Bearer&token_type=mac`, 'code id_token token'],
    ['authorization_failed', `error=access_denied&state=s1&iss=${issuer}`],
  ])('refuses as %s: %s', (reason, query, response_type) => {
    expect(decide(query, response_type)).toMatchObject({ kind: 'refused', reason })
  })
  test('names the hashes that may not be missing', () => {
    expect(requiredHashesOf({ kind: 'accepted', code: 'c', id_token: 't' })).toEqual(['c_hash'])
    expect(requiredHashesOf({ kind: 'accepted', code: 'c', id_token: 't', access_token: 'a' })).toEqual(['c_hash', 'at_hash'])
  })
})

describe('two ID Tokens of one sign-in', () => {
  const claims = { iss: issuer, sub: 'alice', aud: 'web', exp: now, iat: now }
  test('share issuer and user, and may differ otherwise', () => {
    expect(decideIdTokenPair(claims, { ...claims, exp: now + 60, name: 'Alice' })).toEqual({ kind: 'accepted' })
    expect(decideIdTokenPair(claims, { ...claims, sub: 'bob' })).toMatchObject({ reason: 'id_tokens_differ', detail: 'sub' })
    expect(decideIdTokenPair(claims, { ...claims, iss: 'https://b.example' })).toMatchObject({ reason: 'id_tokens_differ', detail: 'iss' })
  })
})
