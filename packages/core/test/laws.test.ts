import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  authorizationResponse,
  bearerToken,
  catalogueOf,
  codeChallenge,
  covers,
  decodeBase64url,
  encodeBase64url,
  type Form,
  GRANTS,
  isRefusal,
  parseAuthorizationRequest,
  parseClientCredentials,
  parseForm,
  parsePrompt,
  PROMPTS,
  parseRefreshToken,
  parseResponseType,
  parseScope,
  proves,
  type RedirectUri,
  redirectUriFault,
  refreshToken,
  registeredRedirectUri,
  RESPONSE_MODES,
  type ReturnAddress,
  tokenHash,
} from '../src/index.ts'
import { familyWorld } from './grant-world.ts'
import { catalogue, CHALLENGE, commit, decide, form, ISSUER, native, parsedForm, refreshTokenOf, SECRET, spa, web } from './world.ts'

/** Every sequence of UTF-16 code units, lone surrogates among them, and texts that have hurt others. */
const NOTORIOUS = ['', ' ', '\u0000', '\ud800', '\udc00', 'a\ud83d', '\udd11\ud83d', '__proto__', 'constructor', 'toString', '%', '%00', '%ff', '+', '=', '&', 'a=b=c', '\r\n', '"', "'", '<script>', '\\', 'Basic ', `Basic ${'Q'.repeat(9)}`, 'Bearer', 'openid', 'none', 'code']
const codeUnits = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 }).map((units) => String.fromCharCode(...units))
const anyText = fc.oneof(codeUnits, fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ unit: 'binary-ascii', maxLength: 200 }), fc.constantFrom(...NOTORIOUS))
/** A text that is right but for what is put into it. */
const nearly = (...right: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(anyText, fc.tuple(fc.constantFrom(...right), fc.nat(200), fc.nat(3), anyText).map(([text, at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut)))
const wellFormed = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.string({ unit: 'binary-ascii', maxLength: 30 }))

/** Whether some run of the law failed, as a negative control must. */
function breaks<T>(arbitrary: fc.Arbitrary<T>, law: (value: T) => void): boolean {
  return fc.check(fc.property(arbitrary, law), { numRuns: 1_000, seed: 1 }).failed
}

describe('a form that is printed and parsed', () => {
  const pairs = fc.array(fc.tuple(fc.oneof(wellFormed, fc.constantFrom('__proto__', 'a', 'resource')), wellFormed), { maxLength: 20 }).map((given) => given.filter(([name, value]) => name !== '' || value !== ''))
  const encode = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+')
  const law =
    (print: (text: string) => string) =>
    (given: readonly (readonly [string, string])[]): void => {
      const parsed = parsedForm(given.map(([name, value]) => `${print(name)}=${print(value)}`).join('&'))
      const names = [...new Set(given.map(([name]) => name))]
      const valuesOf = (name: string): readonly string[] => given.filter(([each]) => each === name).map(([, value]) => value)
      for (const name of names) {
        expect(parsed.all(name)).toEqual(valuesOf(name).filter((value) => value !== ''))
        expect(parsed.one(name)).toBe(valuesOf(name).length === 1 ? valuesOf(name)[0] || undefined : undefined)
      }
      expect(parsed.repeated).toEqual(names.filter((name) => valuesOf(name).length > 1 && name !== 'resource' && name !== 'audience'))
    }

  it('is the same', () => fc.assert(fc.property(pairs, law(encode))))
  it('is not, where the printing forgets to encode', () => {
    expect(breaks(pairs, law((text) => text))).toBe(true)
  })
})

describe('no input makes core throw', () => {
  const anyForm: fc.Arbitrary<Form> = fc
    .array(fc.tuple(fc.oneof(fc.constantFrom('client_id', 'client_secret', 'grant_type', 'code', 'redirect_uri', 'code_verifier', 'refresh_token', 'scope', 'resource', 'response_type', 'response_mode', 'state', 'prompt', 'max_age', 'code_challenge', 'code_challenge_method', 'nonce'), anyText), fc.oneof(anyText, fc.array(anyText, { maxLength: 2 }))), { maxLength: 12 })
    .map((given) => form(Object.fromEntries(given)))
  const address = { response_type: 'code', redirect_uri: 'https://spa.example/cb', code_challenge: CHALLENGE, code_challenge_method: 'S256' }
  const texts: Readonly<Record<string, (text: string) => unknown>> = {
    parseForm,
    decodeBase64url,
    parseScope,
    parsePrompt: (text) => parsePrompt(text, PROMPTS),
    parseResponseType,
    parseRefreshToken,
    codeChallenge,
    'proves a verifier': (text) => proves(text, text),
    tokenHash: (text) => [tokenHash(text, 'ES256'), tokenHash('token', text)],
    registeredRedirectUri: (text) => [registeredRedirectUri(text, native), registeredRedirectUri(text, web)],
    redirectUriFault: (text) => [redirectUriFault(text, 'web'), redirectUriFault(text, 'native')],
    bearerToken: (text) => bearerToken(text, undefined),
    parseClientCredentials: (text) => parseClientCredentials(text, form({})),
    'parseAuthorizationRequest, any state': (text) => {
      const request = parseAuthorizationRequest(form({ ...address, state: text }), spa, catalogue)
      return authorizationResponse(isRefusal(request) ? (request.returnTo ?? fail()) : request.returnTo, { code: text })
    },
    'parseAuthorizationRequest, any scope': (text) => parseAuthorizationRequest(form({ ...address, scope: text }), spa, catalogue),
  }
  function fail(): never {
    throw new Error('a state is no reason to stay')
  }
  const inputs = nearly(refreshTokenOf(1), `Basic ${Buffer.from(`C-web:${SECRET}`).toString('base64')}`, 'Bearer abc', 'https://rp.example/cb', 'http://127.0.0.1:5/cb', 'a=b&c=%41', 'openid read', CHALLENGE)

  it.each(Object.entries(texts))('%s', (_, read) => fc.assert(fc.property(inputs, (text) => void read(text)), { numRuns: 500 }))
  it('parseAuthorizationRequest, any form', () => fc.assert(fc.property(anyForm, (asked) => void parseAuthorizationRequest(asked, spa, catalogue))))
  it('parseClientCredentials, any form', () => fc.assert(fc.property(anyForm, (asked) => void parseClientCredentials(undefined, asked))))
  it.each(GRANTS)('$grant_type, any form', (grant) =>
    fc.assert(fc.property(anyForm, fc.constantFrom(spa, web), (asked, client) => void decide(grant.begin(asked, client, catalogue), familyWorld()))))
  it('would be seen to throw', () => {
    expect(breaks(inputs, (text) => void encodeURIComponent(text))).toBe(true)
    expect(breaks(inputs, (text) => void decodeURIComponent(text))).toBe(true)
  })
})

describe('base64url', () => {
  const bytes = fc.uint8Array({ maxLength: 70 })
  const changed = fc.tuple(bytes.filter(({ length }) => length > 0), fc.nat(), fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= \n')).map(([given, at, letter]) => {
    const text = encodeBase64url(given)
    const place = at % text.length
    return { text, changed: text.slice(0, place) + letter + text.slice(place + 1) }
  })
  type Decode = (text: string) => Uint8Array | undefined
  const law =
    (decode: Decode) =>
    ({ text, changed }: { text: string; changed: string }): void => {
      const decoded = decode(changed)
      if (decoded !== undefined) expect(encodeBase64url(decoded)).toBe(changed)
      if (changed !== text) expect(decoded).not.toEqual(decode(text))
    }

  it('gives back the bytes', () => fc.assert(fc.property(bytes, (given) => void expect(decodeBase64url(encodeBase64url(given))).toEqual(given))))
  it('agrees with node:buffer', () => fc.assert(fc.property(bytes, (given) => void expect(encodeBase64url(given)).toBe(Buffer.from(given).toString('base64url')))))
  it('T12 knows one spelling only: every character is significant', () => fc.assert(fc.property(changed, law(decodeBase64url)), { numRuns: 2_000 }))
  it('T12 is not what a lenient decoder does', () => {
    expect(breaks(changed, law((text) => new Uint8Array(Buffer.from(text, 'base64url'))))).toBe(true)
  })
})

describe('F07 the scope that a refresh grants', () => {
  const NAMES = ['openid', 'offline_access', 'read', 'write', 'profile', 'admin']
  const names = fc.subarray(NAMES)
  const steps = fc.tuple(names, fc.array(fc.tuple(fc.option(fc.array(fc.constantFrom(...NAMES), { maxLength: 4 })), names), { maxLength: 8 }))
  type Steps = readonly [readonly string[], readonly (readonly [readonly string[] | null, readonly string[]])[]]
  type Refresh = (world: ReturnType<typeof familyWorld>, generation: number, scope: string | undefined, allowed: readonly string[]) => readonly string[] | undefined

  const ours: Refresh = (world, generation, scope, allowed) => {
    const asked = form({ refresh_token: refreshTokenOf(generation), scope })
    const decision = decide(refreshToken.begin(asked, { ...spa, scope: [...allowed, 'offline_access'] }, catalogue), world)
    if (isRefusal(decision)) return undefined
    commit(world, decision.writes)
    return decision.accessToken?.scope
  }
  const careless: Refresh = (_, __, scope) => scope?.split(' ')
  const law =
    (refresh: Refresh) =>
    ([approved, asked]: Steps): void => {
      const world = familyWorld({ scope: approved }, { scope: approved })
      let generation = 1
      for (const [scope, allowed] of asked) {
        const granted = refresh(world, generation, scope?.join(' '), allowed)
        if (granted === undefined) continue
        generation++
        expect(covers(approved, granted)).toBe(true)
        expect(covers([...allowed, 'offline_access'], granted)).toBe(true)
      }
    }

  it('never grows beyond what the user approved, nor beyond what the client may have now', () => fc.assert(fc.property(steps, law(ours))))
  it('grows where nobody looks', () => {
    expect(breaks(steps, law(careless))).toBe(true)
  })
})

describe('an authorization response', () => {
  const registered = fc.constantFrom('https://rp.example/cb', 'https://rp.example/cb?a=1%202', 'https://rp.example/cb?', 'https://rp.example/cb?a=b&a=%C3%BC', 'com.example.app:/cb', 'http://127.0.0.1:51004/cb')
  const sent = fc.record({ redirect_uri: registered, response_mode: fc.constantFrom(...RESPONSE_MODES), state: anyText, code: anyText })
  type Sent = { redirect_uri: string; response_mode: (typeof RESPONSE_MODES)[number]; state: string; code: string }
  type Respond = (address: ReturnAddress, members: Readonly<Record<string, string>>) => { location: string } | undefined

  const ours: Respond = (address, members) => {
    const response = authorizationResponse(address, members)
    if (response.kind === 'redirect') return response
    expect(response.action).toBe(address.redirect_uri)
    expect(Object.fromEntries(response.fields)).toEqual({ ...members, state: address.state, iss: ISSUER })
    return undefined
  }
  const careless: Respond = ({ redirect_uri, state }, { code }) => ({ location: `${redirect_uri}?code=${code}&state=${state}&iss=${ISSUER}` })
  const wellFormedText = (text: string): string => new TextDecoder().decode(new TextEncoder().encode(text))
  const law =
    (respond: Respond) =>
    ({ redirect_uri, response_mode, state, code }: Sent): void => {
      const response = respond({ issuer: ISSUER, redirect_uri: redirect_uri as RedirectUri, response_mode, state }, { code })
      if (response === undefined) return
      const mark = response_mode === 'fragment' ? '#' : redirect_uri.includes('?') ? '&' : '?'
      expect(response.location.startsWith(redirect_uri + mark)).toBe(true)
      expect(response.location).toMatch(/^[\x21\x23-\x3b\x3d\x3f-\x7e]+$/)
      const added = [...new URLSearchParams(response.location.slice(redirect_uri.length + 1))]
      expect(added).toEqual([['code', wellFormedText(code)], ['state', wellFormedText(state)], ['iss', ISSUER]])
    }

  it('A14, R14 escapes what it carries and keeps the registered URI byte for byte', () => fc.assert(fc.property(sent, law(ours)), { numRuns: 500 }))
  it('does not where nothing is escaped', () => {
    expect(breaks(sent, law(careless))).toBe(true)
  })
})

describe('a catalogue', () => {
  it('knows no name that was not offered, not even those of a prototype', () => {
    const empty = catalogueOf({ issuer: ISSUER, scopes: [], resources: [], accessTokenAlgorithm: 'ES256' })
    fc.assert(fc.property(anyText, (name) => void expect(empty.scopes.has(name)).toBe(['openid', 'profile', 'email', 'address', 'phone', 'offline_access'].includes(name))))
  })
})
