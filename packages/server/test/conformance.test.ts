import { CLIENTS, ISSUER, testIssuer } from './issuer.ts'
import { asking, askingWeb, authorizeUrl, browserFor, codeOf, returned } from './browser.ts'
import { claimsOf, redeeming, redeemingWeb, signedIn, tokenRequest, tokensOf, userinfoRequest, WEB } from './tokens.ts'
import { describe, expect, it } from 'vitest'

type Json = Readonly<Record<string, unknown>>
const HYBRID = { client_id: 'rp', profile: 'oidc', client_secret: 'rp-secret-for-the-tests-only-00001', redirect_uris: ['https://rp.example/cb'], grant_types: ['authorization_code', 'implicit'], response_types: ['code', 'code id_token', 'code id_token token', 'id_token token'], scope: 'openid email', policy: { consent: 'never' } } as const
const jsonAt = async (path: string, issuer = testIssuer()): Promise<Json> => (await issuer.fetch(new Request(`${ISSUER}${path}`))).json() as Promise<Json>
const fragmentOf = (answer: Response): Record<string, string> => Object.fromEntries(new URLSearchParams(new URL(answer.headers.get('location') ?? '').hash.slice(1)))

describe('POL one server for all its clients', () => {
  it('POL-2 serves a plain hybrid client and a strict one at the same time', async () => {
    const issuer = testIssuer({ clients: [...CLIENTS, HYBRID] })
    const parameters = asking({ client_id: 'rp', redirect_uri: 'https://rp.example/cb', response_type: 'code id_token token', code_challenge: undefined, code_challenge_method: undefined })
    expect(Object.keys(fragmentOf(await browserFor(issuer).authorize(parameters))).toSorted()).toEqual(['access_token', 'code', 'expires_in', 'id_token', 'iss', 'scope', 'state', 'token_type'])
    const strict = returned(await browserFor(issuer).send(authorizeUrl(asking({ code_challenge: undefined, code_challenge_method: undefined }))))
    expect(strict.error).toBe('invalid_request')
    const hybrid = fragmentOf(await browserFor(issuer).send(authorizeUrl(asking({ response_type: 'code id_token' }))))
    expect(hybrid.error).toBe('unsupported_response_type')
  })
  it('POL-3 the profile for plain OpenID Connect is chosen by the client that needs it', () => {
    expect(() => testIssuer({ clients: [HYBRID] })).not.toThrow()
    expect(() => testIssuer({ clients: [{ ...HYBRID, profile: 'oauth21' }] })).toThrow(/profile oidc/)
  })
})

describe('ERR what a client is told', () => {
  it.each([
    [{ prompt: 'none' }],
    [{ response_type: undefined }],
    [{ scope: '"' }],
    [{ request: 'x' }],
    [{ max_age: 'x' }],
    [{ code_challenge: 'short' }],
  ])('ERR-2 ERR-3 has these members alone, for %j', async (changes) => {
    const issuer = testIssuer()
    const told = returned(await browserFor(issuer).send(authorizeUrl(askingWeb(changes))))
    expect(Object.keys(told).toSorted()).toEqual(['error', 'error_description', 'iss', 'state'])
    expect(told.error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
  })
  it('AUTHZ-5 a nonce is asked for only where an ID Token passes through the browser', async () => {
    const issuer = testIssuer({ clients: [...CLIENTS, HYBRID] })
    const at = { client_id: 'rp', redirect_uri: 'https://rp.example/cb', nonce: undefined }
    expect(fragmentOf(await browserFor(issuer).send(authorizeUrl(asking({ ...at, response_type: 'code id_token' })))).error).toBe('invalid_request')
    expect(fragmentOf(await browserFor(issuer).send(authorizeUrl(asking({ ...at, response_type: 'id_token token' })))).error).toBe('invalid_request')
    await codeOf(browserFor(issuer), asking(at))
  })
})

/** The members that RFC 8414 and the OpenID Connect specifications register. */
const REGISTERED = /^(issuer|jwks_uri|[a-z_]+_endpoint|check_session_iframe|[a-z_]+_supported|require_[a-z_]+|tls_client_certificate_bound_access_tokens|service_documentation|op_policy_uri|op_tos_uri|mtls_endpoint_aliases)$/

describe('DISC what the metadata says', () => {
  it('DISC-2 DISC-7 DISC-10 has registered members only, of the right kind', async () => {
    const members = Object.entries(await jsonAt('/.well-known/openid-configuration'))
    expect(members.map(([name]) => name).filter((name) => !REGISTERED.test(name))).toEqual([])
    expect(members.filter(([name, value]) => name.endsWith('_endpoint') && !String(value).startsWith('https:'))).toEqual([])
    expect(members.filter(([name, value]) => name.startsWith('require_') && typeof value !== 'boolean')).toEqual([])
    expect(members.filter(([, value]) => Array.isArray(value) && (value.length === 0 || value.some((each) => typeof each !== 'string')))).toEqual([])
  })
})

describe('KEYS that are published', () => {
  it('KEYS-2 KEYS-5 are for RS256 and ES256, of kinds that everybody knows', async () => {
    const { keys } = (await jsonAt('/jwks')) as { keys: readonly Json[] }
    expect(keys.map(({ alg }) => alg)).toEqual(expect.arrayContaining(['ES256', 'RS256']))
    for (const { kty } of keys) expect(['RSA', 'EC', 'OKP']).toContain(kty)
  })
})

describe('AUTHZ the pages', () => {
  it('AUTHZ-15 are forms without scripts', async () => {
    const page = await browserFor(testIssuer()).open(authorizeUrl(asking()))
    expect(page.text).toContain('<form method="post">')
    expect(page.text).not.toContain('<script')
    expect(page.answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  })
})

describe('TOK what can be guessed', () => {
  it('TOK-3 has 256 bits and visible characters alone, and never comes twice', async () => {
    const issuer = testIssuer({ resources: [{ resource: 'https://api.example.com', scopes: ['api'], access_token_format: 'opaque' }, { resource: 'https://reports.example', scopes: ['reports'], access_token_format: 'opaque' }] })
    const seen = new Set<string>()
    for (let at = 0; at < 20; at++) {
      const code = await codeOf(browserFor(issuer), asking({ scope: 'openid offline_access' }))
      const { access_token, refresh_token } = await tokensOf(await issuer.fetch(tokenRequest(redeeming(code))))
      for (const text of [code, refresh_token.split('.')[0] ?? '']) {
        expect(text).toMatch(/^[A-Za-z0-9_-]{43}$/)
        seen.add(text)
      }
      seen.add(access_token)
    }
    expect(seen.size).toBe(60)
  })
})

describe('USERINFO all that scopes can tell', () => {
  const CLAIMS = {
    name: 'A', family_name: 'A', given_name: 'A', middle_name: 'A', nickname: 'A', preferred_username: 'a', profile: 'https://a.example', picture: 'https://a.example/p', website: 'https://a.example', gender: 'female',
    birthdate: '1990-01-01', zoneinfo: 'Europe/Berlin', locale: 'de-DE', updated_at: 1_700_000_000, email: 'a@example.com', email_verified: true, address: { country: 'DE' }, phone_number: '+49 30 1', phone_number_verified: false,
  }
  it('USERINFO-4 is nineteen claims, each under its scope', async () => {
    const issuer = testIssuer({ users: { find: (sub) => ({ sub, active: true, claims: CLAIMS }) } })
    const told = async (scope: string) => Object.keys((await (await issuer.fetch(userinfoRequest((await signedIn(issuer, { scope: `openid ${scope}` })).access_token))).json()) as Json).filter((name) => name !== 'sub')
    expect((await told('profile')).length).toBe(14)
    expect(await told('email')).toEqual(['email', 'email_verified'])
    expect(await told('address')).toEqual(['address'])
    expect(await told('phone')).toEqual(['phone_number', 'phone_number_verified'])
    expect((await told('profile email address phone')).toSorted()).toEqual(Object.keys(CLAIMS).toSorted())
  })
  it('USERINFO-2 is about the subject of the ID Token', async () => {
    const issuer = testIssuer()
    const tokens = await tokensOf(await issuer.fetch(tokenRequest(redeemingWeb(await codeOf(browserFor(issuer), askingWeb())), WEB)))
    expect(((await (await issuer.fetch(userinfoRequest(tokens.access_token))).json()) as Json).sub).toBe(claimsOf(tokens.id_token).sub)
  })
})
