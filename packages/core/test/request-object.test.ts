import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Client, effectiveForm, type Form, isRefusal, type Refusal, type RefusalKey, type RequestObject } from '../src/index.ts'
import { expectRefusal, form, ISSUER, NOW, web, withPolicy } from './world.ts'

const OUTSIDE = { client_id: 'C-web', response_type: 'code', redirect_uri: 'https://rp.example/cb', state: 'outside', scope: 'openid' }
const strict: Client = { ...web, require_signed_request_object: true }
const limited = withPolicy(strict, { requestObjectLifetime: 600 })

function read(object: Record<string, unknown>, { client = web, alone = client.require_signed_request_object, outside = OUTSIDE }: { client?: Client; alone?: boolean; outside?: Parameters<typeof form>[0] } = {}): Form | Refusal {
  return effectiveForm(form(outside), object as RequestObject, { client, issuer: ISSUER, now: NOW, alone })
}
function formOf(read: Form | Refusal): Form {
  if (isRefusal(read)) throw new Error(read.key)
  return read
}

/** Everything that a form says, as it would be sent. */
const spelled = (read: Form | Refusal) => Object.fromEntries(formOf(read).names.map((name) => [name, formOf(read).all(name)]))

describe('RO-1 the one form of a request and its object', () => {
  it('has what is inside, and what stands outside only', () => {
    expect(spelled(read({ iss: 'C-web', aud: ISSUER, exp: NOW + 60, jti: 'j', state: 'inside', nonce: 'n' }))).toEqual({
      client_id: ['C-web'], response_type: ['code'], redirect_uri: ['https://rp.example/cb'], state: ['inside'], scope: ['openid'], nonce: ['n'],
    })
  })
  it('RO-3 has what is inside alone, where nothing else counts', () => {
    expect(spelled(read({ aud: ISSUER, exp: NOW + 60, redirect_uri: 'https://rp.example/cb' }, { client: strict }))).toEqual({ redirect_uri: ['https://rp.example/cb'] })
    expect(spelled(read({ redirect_uri: 'https://rp.example/cb' }, { alone: true }))).toEqual({ redirect_uri: ['https://rp.example/cb'] })
  })
  it.each<[string, unknown, readonly string[]]>([
    ['state', 'text', ['text']],
    ['max_age', 300, ['300']],
    ['max_age', 1.5, ['1.5']],
    ['claims', { userinfo: { email: null } }, ['{"userinfo":{"email":null}}']],
    ['authorization_details', [{ type: 'x' }], ['[{"type":"x"}]']],
    ['resource', 'https://rs1.example', ['https://rs1.example']],
    ['resource', ['https://rs1.example', 'https://rs2.example'], ['https://rs1.example', 'https://rs2.example']],
  ])('spells %s of %j', (name, value, texts) => {
    expect(formOf(read({ [name]: value })).all(name)).toEqual(texts)
  })
  it.each<[string, unknown]>([
    ['state', null], ['state', true], ['state', {}], ['state', []], ['scope', ['openid']], ['resource', [1]], ['resource', {}], ['redirect_uri', ['https://rp.example/cb']], ['claims', null], ['claims', true], ['nosuch', { a: 1 }],
  ])('has no %s of %j', (name, value) => {
    expectRefusal(read({ [name]: value }), 'request_object_value_unsuitable')
  })
  it('leaves neither request nor request_uri to be read', () => {
    expect(formOf(read({}, { outside: { ...OUTSIDE, request: 'x', request_uri: 'y' } })).names).toEqual(Object.keys(OUTSIDE))
  })
  it('counts a parameter that is repeated outside as repeated, unless it is inside', () => {
    const outside = { ...OUTSIDE, state: ['a', 'b'], nonce: ['', ''] }
    expect([formOf(read({}, { outside })).repeated, formOf(read({ state: 'c', nonce: 'd' }, { outside })).repeated]).toEqual([['state', 'nonce'], []])
  })
  it('has no names that objects have by themselves', () => {
    const object = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, unknown>
    expect([formOf(read(object)).one('__proto__'), formOf(read({})).one('constructor')]).toEqual(['x', undefined])
  })
  it('never throws, and never lets another address count than that inside', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('redirect_uri', 'client_id', 'claims', 'exp', 'aud', 'resource')), fc.jsonValue()), (object) => {
        const outcome = read(object)
        if (isRefusal(outcome)) return
        expect(outcome.one('redirect_uri') ?? '').toBe(Object.hasOwn(object, 'redirect_uri') ? String(object.redirect_uri) : OUTSIDE.redirect_uri)
      }),
    )
  })
})

const GOOD = { aud: ISSUER, exp: NOW + 60 }
const TOLD: readonly (readonly [string, RefusalKey, Record<string, unknown>, Client])[] = [
  ['J12 by another issuer', 'request_object_issuer_wrong', { iss: 'C-spa' }, web],
  ['J12 by an issuer that is no text', 'request_object_issuer_wrong', { iss: ['C-web'] }, web],
  ['J14 with the client as its subject', 'request_object_type_wrong', { sub: 'C-web' }, web],
  ['J12 with request within', 'request_object_nested', { request: 'x' }, web],
  ['PAR-2 with request_uri within', 'request_object_nested', { request_uri: 'x' }, web],
  ['J12 for another server', 'request_object_audience_wrong', { aud: 'https://as.example/' }, web],
  ['for nobody', 'request_object_audience_wrong', { aud: [] }, web],
  ['RO-4 for an unsaid server', 'request_object_audience_wrong', { exp: NOW + 60 }, strict],
  ['J12 without an end', 'request_object_incomplete', { aud: ISSUER }, strict],
  ['with an end that is no number', 'request_object_incomplete', { exp: '1' }, web],
  ['with a beginning before all time', 'request_object_incomplete', { nbf: -1 }, web],
  ['with an issue without number', 'request_object_incomplete', { iat: {} }, web],
  ['that ended ten seconds ago', 'request_object_expired', { exp: NOW - 10 }, web],
  ['that begins in eleven seconds', 'request_object_too_early', { nbf: NOW + 11 }, web],
  ['that was issued in eleven seconds', 'request_object_too_early', { iat: NOW + 11 }, web],
  ['without a beginning', 'request_object_incomplete', GOOD, limited],
  ['that began too long ago', 'request_object_expired', { ...GOOD, nbf: NOW - 611 }, limited],
  ['that lasts too long', 'request_object_lasts_too_long', { aud: ISSUER, nbf: NOW, exp: NOW + 601 }, limited],
  ['J12 of another client', 'request_object_contradicted', { client_id: 'C-spa' }, web],
  ['of another client, where nothing else counts', 'request_object_contradicted', { ...GOOD, client_id: 'C-spa' }, strict],
  ['for another response type', 'request_object_contradicted', { response_type: 'code id_token' }, web],
]

describe('RO-5 an object that is refused', () => {
  it.each(TOLD)('%s, at the address inside', (_, key, object, client) => {
    const refusal = expectRefusal(read({ redirect_uri: 'https://rp.example/cb', state: 'inside', ...object }, { client, outside: { ...OUTSIDE, redirect_uri: 'https://evil.example/cb' } }), key)
    expect(refusal.returnTo).toMatchObject({ redirect_uri: 'https://rp.example/cb', state: 'inside' })
  })
  it('on a page, where the address inside is not the client\'s', () => {
    const refusal = expectRefusal(read({ redirect_uri: 'https://evil.example/cb', exp: NOW - 60 }), 'request_object_expired')
    expect(refusal.returnTo).toBeUndefined()
  })
  it('by the response mode that it asks for', () => {
    const modes = ['form_post', 'nosuch'].map((response_mode) => expectRefusal(read({ response_mode, exp: NOW - 60 }), 'request_object_expired').returnTo?.response_mode)
    expect(modes).toEqual(['form_post', 'query'])
  })
})

describe('an object that stands', () => {
  it.each<[string, Record<string, unknown>, Client]>([
    ['with nothing about itself', {}, web],
    ['with another subject', { sub: 'alice' }, web],
    ['for several servers', { aud: ['https://other.example', ISSUER] }, web],
    ['that ended nine seconds ago', { exp: NOW - 9 }, web],
    ['that begins in ten seconds', { nbf: NOW + 10, iat: NOW + 10 }, web],
    ['where nothing else counts', GOOD, strict],
    ['where another response type outside does not count', { ...GOOD, response_type: 'code id_token' }, strict],
    ['as long as it may last', { aud: ISSUER, nbf: NOW - 600, exp: NOW }, limited],
    ['with the same response type in another order', { response_type: 'id_token code' }, web],
  ])('%s', (what, object, client) => {
    const outside = what.includes('order') ? { ...OUTSIDE, response_type: 'code id_token' } : OUTSIDE
    expect(isRefusal(read(object, { client, outside }))).toBe(false)
  })
})
