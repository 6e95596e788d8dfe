import { describe, expect, it } from 'vitest'
import { audienceOf, claimsOf, covers, narrowedResources, narrowedScope, ownScope, parsePrompt, PROMPTS, parseResponseType, parseScope, requestedResources, requestedScope, scopeNotAllowed } from '../src/index.ts'
import { catalogue, expectRefusal, machine, spa } from './world.ts'

describe('the names in a scope', () => {
  it('are separated by spaces and stand once', () => {
    expect(parseScope('b a  b')).toEqual(['b', 'a'])
    expect(parseScope('')).toEqual([])
  })
  it.each(['"', 'a\\b', 'a\tb', 'a\nb', 'é', 'a\u0000', '\u007f', '\ud800', 'A'.repeat(50_000), 'A '.repeat(25_000)])('T17 are malformed in %.20j: scope_malformed', (text) => {
    expectRefusal(parseScope(text), 'scope_malformed')
  })
  it('may have every character that a scope may have', () => {
    const all = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at)).filter((letter) => letter !== '"' && letter !== '\\').join('')
    expect(parseScope(all)).toEqual([all])
  })
})

describe('the scope that may be asked for', () => {
  it('A16 leaves out through the browser what nobody offers', () => {
    expect(requestedScope('openid nosuch read', [], spa, catalogue)).toEqual(['openid', 'read'])
    expectRefusal(requestedScope('nosuch __proto__ toString', [], spa, catalogue), 'scope_empty')
  })
  it('A15 refuses what is offered to others', () => {
    expect(expectRefusal(requestedScope('openid admin', [], spa, catalogue), 'scope_not_allowed').facts).toEqual({ scope: 'admin' })
    expect(scopeNotAllowed(['openid', 'admin'], spa)).toBe('admin')
    expect(scopeNotAllowed(['openid'], spa)).toBeUndefined()
  })
  it('T21 has nothing about users in it for a machine', () => {
    expectRefusal(ownScope('openid offline_access admin', machine, catalogue), 'scope_not_allowed')
    expectRefusal(ownScope('openid', { ...machine, scope: ['openid'] }, catalogue), 'scope_needs_user')
    expectRefusal(ownScope('nosuch', machine, catalogue), 'scope_unknown')
    expect(ownScope(undefined, { ...machine, scope: ['openid', 'read', 'nosuch'] }, catalogue)).toEqual(['read'])
  })
  it('F07 never grows', () => {
    for (const nothing of [undefined, '', ' ', '   ']) expect(narrowedScope(nothing, ['a', 'b'])).toEqual(['a', 'b'])
    expect(narrowedScope('b', ['a', 'b'])).toEqual(['b'])
    expectRefusal(narrowedScope('a c', ['a', 'b']), 'scope_exceeds_grant')
    expectRefusal(narrowedScope('"', ['a', 'b']), 'scope_malformed')
  })
  it('is covered by what holds all of it', () => {
    expect(covers(['a', 'b'], ['b'])).toBe(true)
    expect(covers(['a'], ['a', 'b'])).toBe(false)
    expect(covers([], [])).toBe(true)
  })
})

describe('the audience of an access token', () => {
  it.each([
    ['openid alone is for userinfo', ['openid', 'profile'], [], { aud: ['https://as.example'], scope: ['openid', 'profile'], format: 'jwt' }],
    ['an API scope is for its owner', ['read'], [], { aud: ['https://rs1.example'], scope: ['read'], format: 'jwt' }],
    ['both are for both', ['openid', 'read'], [], { aud: ['https://as.example', 'https://rs1.example'], scope: ['openid', 'read'], format: 'jwt' }],
    ['a scope of nobody in particular is for us', ['plain'], [], { aud: ['https://as.example'], scope: ['plain'], format: 'jwt' }],
    ['one opaque owner makes it opaque', ['read', 'ledger'], [], { aud: ['https://rs1.example', 'https://rs2.example'], scope: ['read', 'ledger'], format: 'opaque' }],
    ['a named resource takes its part only', ['openid', 'read', 'ledger'], ['https://rs1.example'], { aud: ['https://rs1.example'], scope: ['read'], format: 'jwt' }],
  ] as const)('%s', (_, scope, named, audience) => {
    expect(audienceOf(scope, named, catalogue)).toEqual(audience)
  })
  it('F08 is among what was approved, or what the scope reaches', () => {
    expect(narrowedResources(['https://rs1.example'], [], ['read'], catalogue)).toEqual(['https://rs1.example'])
    expect(narrowedResources([], ['https://rs1.example'], ['read'], catalogue)).toEqual([])
    expectRefusal(narrowedResources(['https://rs2.example'], [], ['read'], catalogue), 'resource_not_granted')
    expectRefusal(narrowedResources(['https://rs2.example'], ['https://rs1.example'], ['ledger'], catalogue), 'resource_not_granted')
    expectRefusal(requestedResources(['https://rs9.example'], catalogue), 'resource_unknown')
  })
})

describe('names from the registries', () => {
  it('response types are read in any order', () => {
    expect(parseResponseType('token id_token code')).toBe('code id_token token')
    expect(parseResponseType('token')).toBe('token')
    for (const text of ['', ' ', 'code ', 'code code', 'token token', 'none', 'Code', 'code  id_token']) expect(parseResponseType(text)).toBeUndefined()
  })
  it('A09 prompt=none stands alone, unknown prompts are ignored', () => {
    expect(parsePrompt(undefined, PROMPTS)).toEqual([])
    expect(parsePrompt('login nosuch consent', PROMPTS)).toEqual(['login', 'consent'])
    expect(parsePrompt('create login', catalogue.prompts)).toEqual(['login'])
    expectRefusal(parsePrompt('none login', PROMPTS), 'prompt_contradictory')
  })
  it('claims follow their scopes', () => {
    expect(claimsOf(['openid', 'email', 'phone'])).toEqual(['email', 'email_verified', 'phone_number', 'phone_number_verified'])
    expect(claimsOf(['profile'])).toHaveLength(14)
    expect(claimsOf(['read', '__proto__'])).toEqual([])
  })
})
