import { describe, expect, it } from 'vitest'
import { type AuthorizationRequest, type Client, errorResponse, formOf, isRefusal, parseAuthorizationRequest, type Refusal, refusalRule, type RefusalKey } from '../src/index.ts'
import { catalogue, CHALLENGE, expectRefusal, form, parsedForm, spa, web, withPolicy } from './world.ts'

type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>

const AZ: Parameters = {
  response_type: 'code',
  client_id: 'C-spa',
  redirect_uri: 'https://spa.example/cb',
  scope: 'openid',
  state: 'S1',
  nonce: 'N1',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
}

function parse(parameters: Parameters = {}, client: Client = spa): AuthorizationRequest | Refusal {
  return parseAuthorizationRequest(form({ ...AZ, ...parameters }), client, catalogue)
}

/** Where the browser is sent with a refusal. */
function location(refusal: Refusal): URL {
  if (refusal.returnTo === undefined) throw new Error(`${refusal.key} does not travel`)
  const response = errorResponse(refusal, refusal.returnTo)
  if (response.kind !== 'redirect') throw new Error('not a redirect')
  return new URL(response.location)
}

describe('an authorization request', () => {
  it('is understood in full', () => {
    expect(parse({ scope: 'openid read', max_age: '60', prompt: 'login consent', login_hint: 'alice', ui_locales: 'se', resource: ['https://rs1.example', 'https://rs1.example'] })).toEqual({
      client_id: 'C-spa',
      response_type: 'code',
      returnTo: { issuer: 'https://as.example', redirect_uri: 'https://spa.example/cb', response_mode: 'query', state: 'S1' },
      scope: ['openid', 'read'],
      resource: ['https://rs1.example'],
      prompt: ['login', 'consent'],
      code_challenge: CHALLENGE,
      nonce: 'N1',
      max_age: 60,
      login_hint: 'alice',
      ui_locales: 'se',
    })
  })
  it('takes empty parameters for absent ones and ignores unknown ones', () => {
    const asked = parsedForm(`response_type=code&client_id=C-spa&redirect_uri=https%3A%2F%2Fspa.example%2Fcb&state=&nonce=&scope=openid&max_age=&prompt=&request=&response_mode=&display=wap&__proto__=1&toString=2&code_challenge=${CHALLENGE}&code_challenge_method=S256`)
    expect(parseAuthorizationRequest(asked, spa, catalogue)).toEqual({
      client_id: 'C-spa',
      response_type: 'code',
      returnTo: { issuer: 'https://as.example', redirect_uri: 'https://spa.example/cb', response_mode: 'query' },
      scope: ['openid'],
      resource: [],
      prompt: [],
      code_challenge: CHALLENGE,
    })
  })
  it('A16 goes on without the scopes that nobody offers', () => {
    expect(parse({ scope: 'openid nosuch' })).toMatchObject({ scope: ['openid'] })
  })
  it('that names a resource and no scope asks for all that the client may have there', () => {
    expect(parse({ scope: undefined, resource: 'https://rs1.example' })).toMatchObject({ scope: ['read', 'write'], resource: ['https://rs1.example'] })
    expect(parse({ scope: undefined, resource: 'https://rs1.example', redirect_uri: 'https://spa.example/cb' }, { ...spa, scope: ['openid', 'write'] })).toMatchObject({ scope: ['write'] })
  })
  it('A13 keeps a state of 2,048 characters', () => {
    expect(parse({ state: 's'.repeat(2_048) })).toMatchObject({ returnTo: { state: 's'.repeat(2_048) } })
  })
  it('carries the response mode that it asks for', () => {
    expect(parse({ response_mode: 'form_post' })).toMatchObject({ returnTo: { response_mode: 'form_post' } })
    expect(parse({ response_mode: 'fragment' })).toMatchObject({ returnTo: { response_mode: 'fragment' } })
  })
})

const PAGE: readonly (readonly [string, Parameters, RefusalKey])[] = [
  ['R13 no redirect_uri, one registered', { redirect_uri: undefined }, 'redirect_uri_missing'],
  ['an empty redirect_uri', { redirect_uri: '' }, 'redirect_uri_missing'],
  ['A04 redirect_uri twice, the registered one first', { redirect_uri: ['https://spa.example/cb', 'https://evil.example/cb'] }, 'authorize_parameter_repeated'],
  ['A04 redirect_uri twice, the registered one last', { redirect_uri: ['https://evil.example/cb', 'https://spa.example/cb'] }, 'authorize_parameter_repeated'],
  ['the same redirect_uri twice', { redirect_uri: ['https://spa.example/cb', 'https://spa.example/cb'] }, 'authorize_parameter_repeated'],
  ['an unregistered redirect_uri', { redirect_uri: 'https://evil.example/cb' }, 'redirect_uri_unregistered'],
  ['an unregistered redirect_uri beside other faults', { redirect_uri: 'https://evil.example/cb', scope: '"', response_type: 'x' }, 'redirect_uri_unregistered'],
]

describe('a refusal that is shown on a page of ours', () => {
  it.each(PAGE)('%s', (_, parameters, key) => {
    const refusal = expectRefusal(parse(parameters), key)
    expect(refusal.returnTo).toBeUndefined()
    expect(refusalRule(key)).toMatchObject({ status: 400, error: 'invalid_request' })
  })
  it('R13 no redirect_uri, two registered', () => {
    expectRefusal(parse({ redirect_uri: undefined }, { ...spa, redirect_uris: [...spa.redirect_uris, 'https://spa.example/cb2'] }), 'redirect_uri_missing')
  })
})

const RETURNED: readonly (readonly [string, Parameters, RefusalKey, string])[] = [
  ['A05 nonce twice', { nonce: ['a', 'b'] }, 'parameter_repeated', 'invalid_request'],
  ['P09 code_challenge twice', { code_challenge: [CHALLENGE, CHALLENGE] }, 'parameter_repeated', 'invalid_request'],
  ['response_type twice', { response_type: ['code', 'code'] }, 'parameter_repeated', 'invalid_request'],
  ['a request object', { request: 'eyJ' }, 'request_not_supported', 'request_not_supported'],
  ['a reference to a request object', { request_uri: 'https://rp.example/r' }, 'request_uri_not_supported', 'request_uri_not_supported'],
  ['registration', { registration: '{}' }, 'registration_not_supported', 'registration_not_supported'],
  ['a nonce of 2,049 characters', { nonce: 'n'.repeat(2_049) }, 'parameter_too_long', 'invalid_request'],
  ['a login_hint of 2,049 characters', { login_hint: 'n'.repeat(2_049) }, 'parameter_too_long', 'invalid_request'],
  ['A06 no response_type', { response_type: undefined }, 'response_type_missing', 'invalid_request'],
  ['an unknown response_type', { response_type: 'code nosuch' }, 'response_type_unsupported', 'unsupported_response_type'],
  ['code twice in the response_type', { response_type: 'code code' }, 'response_type_unsupported', 'unsupported_response_type'],
  ['an unknown response_mode', { response_mode: 'query.jwt' }, 'response_mode_unsupported', 'invalid_request'],
  ['A15 a scope of others', { scope: 'openid admin' }, 'scope_not_allowed', 'invalid_scope'],
  ['A23 a malformed scope', { scope: '"' }, 'scope_malformed', 'invalid_scope'],
  ['no scope', { scope: undefined }, 'scope_empty', 'invalid_scope'],
  ['an empty scope', { scope: '' }, 'scope_empty', 'invalid_scope'],
  ['a scope of spaces', { scope: '  ' }, 'scope_empty', 'invalid_scope'],
  ['a scope that nobody offers alone', { scope: 'nosuch' }, 'scope_empty', 'invalid_scope'],
  ['no scope at a resource where the client has none', { scope: undefined, resource: 'https://rs2.example' }, 'scope_empty', 'invalid_scope'],
  ['a resource none of whose scopes is asked for', { scope: 'openid', resource: 'https://rs1.example' }, 'resource_out_of_scope', 'invalid_target'],
  ['two resources, one of them beyond the scope', { scope: 'openid read', resource: ['https://rs1.example', 'https://rs2.example'] }, 'resource_out_of_scope', 'invalid_target'],
  ['T17 a scope of 50,000 characters', { scope: 'A'.repeat(50_000) }, 'scope_malformed', 'invalid_scope'],
  ['a resource that nobody offers', { resource: 'https://rs9.example' }, 'resource_unknown', 'invalid_target'],
  ['P01 no code_challenge', { code_challenge: undefined, code_challenge_method: undefined }, 'code_challenge_missing', 'invalid_request'],
  ['P01 a method without a challenge', { code_challenge: undefined }, 'code_challenge_missing', 'invalid_request'],
  ['P02 plain', { code_challenge_method: 'plain' }, 'code_challenge_method_unsupported', 'invalid_request'],
  ['P02 the method left out', { code_challenge_method: undefined }, 'code_challenge_method_unsupported', 'invalid_request'],
  ['P02 s256', { code_challenge_method: 's256' }, 'code_challenge_method_unsupported', 'invalid_request'],
  ['P02 S512', { code_challenge_method: 'S512' }, 'code_challenge_method_unsupported', 'invalid_request'],
  ['P07 a challenge of 42 characters', { code_challenge: CHALLENGE.slice(1) }, 'code_challenge_malformed', 'invalid_request'],
  ['P07 a challenge of 44 characters', { code_challenge: `${CHALLENGE}A` }, 'code_challenge_malformed', 'invalid_request'],
  ['P07 a padded challenge', { code_challenge: `${CHALLENGE}=` }, 'code_challenge_malformed', 'invalid_request'],
  ['P07 a challenge with +', { code_challenge: `+${CHALLENGE.slice(1)}` }, 'code_challenge_malformed', 'invalid_request'],
  ['P07 a challenge with /', { code_challenge: `/${CHALLENGE.slice(1)}` }, 'code_challenge_malformed', 'invalid_request'],
  ['A09 prompt=none login', { prompt: 'none login' }, 'prompt_contradictory', 'invalid_request'],
  ['prompt=none beside an unknown one', { prompt: 'nosuch none' }, 'prompt_contradictory', 'invalid_request'],
  ['A11 max_age=-1', { max_age: '-1' }, 'max_age_malformed', 'invalid_request'],
  ['A11 max_age=1e9999', { max_age: '1e9999' }, 'max_age_malformed', 'invalid_request'],
  ['A11 max_age=abc', { max_age: 'abc' }, 'max_age_malformed', 'invalid_request'],
]

describe('a refusal that is returned to the client', () => {
  it.each(RETURNED)('%s', (_, parameters, key, error) => {
    const refusal = expectRefusal(parse(parameters), key)
    const { origin, pathname, searchParams, hash } = location(refusal)
    expect(`${origin}${pathname}`).toBe('https://spa.example/cb')
    expect(hash).toBe('')
    expect(Object.fromEntries(searchParams)).toEqual({ error, error_description: refusalRule(key).caller, state: 'S1', iss: 'https://as.example' })
  })
  it.each([
    ['nonce', 'nonce'],
    ['x'.repeat(41), 'another'],
    ['<script>', 'another'],
    ['a\nb', 'another'],
    ['Nonce', 'another'],
    ['__proto__', '__proto__'],
  ])('A05 tells the operator a plain name and no other: %j', (name, told) => {
    const repeated = new Map([...Object.entries(AZ), [name, ['a', 'b']]].map(([key, value]) => [String(key), typeof value === 'string' ? [value] : (value as readonly string[])] as const))
    expect(expectRefusal(parseAuthorizationRequest(formOf(repeated), spa, catalogue), 'parameter_repeated').facts).toEqual({ parameter: told })
  })
  it('A05 echoes neither state when there are two', () => {
    const { searchParams } = location(expectRefusal(parse({ state: ['a', 'b'] }), 'parameter_repeated'))
    expect([...searchParams.keys()]).toEqual(['error', 'error_description', 'iss'])
  })
  it.each(['token', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token'])('A07 HY04 goes into the fragment for response_type=%s, and never into a query', (response_type) => {
    const refusal = expectRefusal(parse({ response_type }), 'response_type_not_allowed')
    expect(location(refusal).search).toBe('')
    expect(location(refusal).hash).toContain('error=unsupported_response_type')
    const leaking = expectRefusal(parse({ response_type, response_mode: 'query' }), 'response_mode_unsupported')
    expect(location(leaking).search).toBe('')
    expect(location(leaking).hash).toContain('error=invalid_request')
  })
  it('goes by the response mode that was asked for', () => {
    const refusal = expectRefusal(parse({ response_mode: 'form_post', scope: '"' }), 'scope_malformed')
    expect(refusal.returnTo?.response_mode).toBe('form_post')
  })
})

describe('PKCE by the policy of the client', () => {
  const optional = withPolicy(web, { pkce: 'optional' })
  const plain = { redirect_uri: 'https://rp.example/cb', code_challenge: undefined, code_challenge_method: undefined }
  it('P01 is required from confidential clients too, unless they are excused', () => {
    expectRefusal(parse(plain, web), 'code_challenge_missing')
    const request = parse(plain, optional)
    expect(isRefusal(request)).toBe(false)
    expect(request).not.toHaveProperty('code_challenge')
  })
  it('works whenever it is sent', () => {
    expect(parse({ redirect_uri: 'https://rp.example/cb' }, optional)).toMatchObject({ code_challenge: CHALLENGE })
    expectRefusal(parse({ redirect_uri: 'https://rp.example/cb', code_challenge_method: 'plain' }, optional), 'code_challenge_method_unsupported')
  })
})
