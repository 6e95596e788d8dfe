import { describe, expect, it } from 'vitest'
import { authenticate, claimedClient, type Client, digest, isAssertion, isRefusal, parseClientCredentials, parseForm, type Refusal, refusalRule, type RefusalKey, singleValued } from '../src/index.ts'
import { expectRefusal, form, NOW, parsedForm, SECRET, spa, web } from './world.ts'

const clients = new Map<string, Client>([spa, web].map((client) => [client.client_id, client]))
const posted: Client = { ...web, client_id: 'C-post', token_endpoint_auth_method: 'client_secret_post' }

function basic(client_id: string, secret: string): string {
  const encode = (text: string): string => new URLSearchParams({ x: text }).toString().slice(2)
  return `Basic ${Buffer.from(`${encode(client_id)}:${encode(secret)}`).toString('base64')}`
}

function authenticated(authorization: string | undefined, parameters: Readonly<Record<string, string | readonly string[]>> = {}, client?: Client): Client | Refusal {
  const credentials = parseClientCredentials(authorization, form(parameters))
  if (isRefusal(credentials)) return credentials
  const claimed = claimedClient(credentials, client ?? clients.get(credentials.client_id))
  if (isRefusal(claimed)) return claimed
  if (isAssertion(credentials)) throw new Error('an assertion proves itself elsewhere')
  return authenticate(credentials, claimed, NOW)
}

const WRONG = 'x'.repeat(43)
const emptySecret: Client = { ...web, secrets: [{ digest: digest('') }] }
const noSecret: Client = { ...web, secrets: [] }

const REFUSED: readonly { why: string; key: RefusalKey; status: number; decision: () => Client | Refusal }[] = [
  { why: 'CA01 a wrong secret by Basic', key: 'client_secret_wrong', status: 401, decision: () => authenticated(basic('C-web', WRONG)) },
  { why: 'CA01 a wrong secret by the body', key: 'client_secret_wrong', status: 401, decision: () => authenticated(undefined, { client_id: 'C-post', client_secret: WRONG }, posted) },
  { why: 'CA01 an empty password by Basic', key: 'client_secret_wrong', status: 401, decision: () => authenticated(basic('C-web', '')) },
  { why: 'CA01 an empty secret in the body', key: 'client_authentication_method_mismatch', status: 401, decision: () => authenticated(undefined, { client_id: 'C-post', client_secret: '' }, posted) },
  { why: 'CA01 an empty password where an empty secret is stored', key: 'client_secret_wrong', status: 401, decision: () => authenticated(basic('C-web', ''), {}, emptySecret) },
  { why: 'CA01 an empty password where no secret is stored', key: 'client_secret_wrong', status: 401, decision: () => authenticated(basic('C-web', ''), {}, noSecret) },
  { why: 'CA01 some password where no secret is stored', key: 'client_secret_wrong', status: 401, decision: () => authenticated(basic('C-web', WRONG), {}, noSecret) },
  { why: 'CA01 a secret without its last character', key: 'client_secret_wrong', status: 401, decision: () => authenticated(basic('C-web', SECRET.slice(0, -1))) },
  { why: 'CA01 the digest in place of the secret', key: 'client_secret_wrong', status: 401, decision: () => authenticated(basic('C-web', digest(SECRET))) },
  { why: 'a secret at its end', key: 'client_secret_expired', status: 401, decision: () => authenticated(basic('C-web', SECRET), {}, { ...web, secrets: [{ digest: digest(SECRET), expiresAt: NOW }] }) },
  { why: 'CA02 Basic and client_secret in the body', key: 'client_authentication_repeated', status: 400, decision: () => authenticated(basic('C-web', SECRET), { client_secret: SECRET }) },
  { why: 'CA02 Basic for one and client_id of another', key: 'client_authentication_repeated', status: 400, decision: () => authenticated(basic('C-web', SECRET), { client_id: 'C-spa' }) },
  { why: 'CA03 the right secret by another method', key: 'client_authentication_method_mismatch', status: 401, decision: () => authenticated(undefined, { client_id: 'C-web', client_secret: SECRET }) },
  { why: 'CA03 the right secret by Basic for a client of client_secret_post', key: 'client_authentication_method_mismatch', status: 401, decision: () => authenticated(basic('C-post', SECRET), {}, posted) },
  { why: 'CA04 a confidential client with only client_id', key: 'client_authentication_method_mismatch', status: 401, decision: () => authenticated(undefined, { client_id: 'C-web' }) },
  { why: 'CA18 a public client with a client_secret', key: 'client_authentication_method_mismatch', status: 401, decision: () => authenticated(undefined, { client_id: 'C-spa', client_secret: 'any' }) },
  { why: 'CA18 a public client with Basic', key: 'client_authentication_method_mismatch', status: 401, decision: () => authenticated(basic('C-spa', 'any')) },
  { why: 'CA02 an assertion beside the right secret', key: 'client_authentication_repeated', status: 400, decision: () => authenticated(basic('C-web', SECRET), { client_assertion: 'a.b.c', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }) },
  { why: 'a text in place of an assertion', key: 'client_assertion_malformed', status: 401, decision: () => authenticated(undefined, { client_id: 'C-spa', client_assertion: 'a.b.c' }) },
  { why: 'the type of an assertion alone', key: 'client_assertion_malformed', status: 401, decision: () => authenticated(undefined, { client_id: 'C-spa', client_assertion_type: 'x' }) },
  { why: 'a client that is switched off', key: 'client_disabled', status: 401, decision: () => authenticated(basic('C-web', SECRET), {}, { ...web, enabled: false }) },
  { why: 'an unknown client', key: 'client_unknown', status: 401, decision: () => authenticated(basic('C-nobody', SECRET)) },
  { why: 'an unknown public client', key: 'client_unknown', status: 401, decision: () => authenticated(undefined, { client_id: 'C-nobody' }) },
  { why: 'no client at all', key: 'client_missing', status: 401, decision: () => authenticated(undefined) },
  { why: 'a secret without a client', key: 'client_missing', status: 401, decision: () => authenticated(undefined, { client_secret: SECRET }) },
]

describe('a client that is not believed', () => {
  it.each(REFUSED)('$why: $key', ({ key, status, decision }) => {
    expectRefusal(decision(), key)
    expect(refusalRule(key).status).toBe(status)
  })

  it.each([
    'Basic',
    'Basic ',
    'Basic !!!',
    'Basic Zm9v',
    'Basic Zm9=',
    'Basic OnNlY3JldA==',
    'Basic ' + Buffer.from('%zz:secret').toString('base64'),
    'Basic ' + Buffer.from('C-web:%').toString('base64'),
    'Basic ' + Buffer.from([0x43, 0x3a, 0xff, 0xfe]).toString('base64'),
    'Basic Qy13ZWI6c2VjcmV0 trailing',
    'Basic Qy13ZWI6\u0000c2VjcmV0',
    'Bearer',
    'Bearer Qy13ZWI6c2VjcmV0',
    'Negotiate x',
    '',
    `Basic ${'A'.repeat(100_000)}`,
  ])('CA05 sends a header that holds no Basic credentials: %.40s', (authorization) => {
    expectRefusal(authenticated(authorization, { client_id: 'C-web' }), 'client_credentials_malformed')
  })

  it('CA05 names a client with NUL, which is none of ours', () => {
    expectRefusal(authenticated(basic('C-web\u0000', SECRET)), 'client_unknown')
  })

  it('is told the same whatever it guessed', () => {
    const keys: readonly RefusalKey[] = ['client_missing', 'client_unknown', 'client_credentials_malformed', 'client_authentication_method_mismatch', 'client_secret_wrong', 'client_secret_expired']
    expect([...new Set(keys.map((key) => JSON.stringify([refusalRule(key).status, refusalRule(key).error, refusalRule(key).caller])))]).toEqual(['[401,"invalid_client","Client authentication failed."]'])
  })
})

describe('a client that is believed', () => {
  it('proves itself by its registered method', () => {
    expect(authenticated(basic('C-web', SECRET))).toBe(web)
    expect(authenticated(basic('C-web', SECRET), { client_id: 'C-web' })).toBe(web)
    expect(authenticated(basic('C-web', SECRET).replace('Basic', 'bASIC'))).toBe(web)
    expect(authenticated(undefined, { client_id: 'C-post', client_secret: SECRET }, posted)).toBe(posted)
    expect(authenticated(undefined, { client_id: 'C-spa' })).toBe(spa)
  })
  it('CA06 may have a secret of any characters, form-encoded before base64', () => {
    for (const secret of ['a:%+ ü&=/\u{1f511} and at least 32 characters', ':', '%', '+', ' ']) {
      const client = { ...web, secrets: [{ digest: digest(secret) }] }
      expect(authenticated(basic('C-web', secret), {}, client)).toBe(client)
    }
  })
  it('may have a second secret while the first one ends', () => {
    const client: Client = { ...web, secrets: [{ digest: digest(WRONG), expiresAt: NOW - 1 }, { digest: digest(SECRET), expiresAt: NOW + 1 }] }
    expect(authenticated(basic('C-web', SECRET), {}, client)).toBe(client)
    expectRefusal(authenticated(basic('C-web', WRONG), {}, client), 'client_secret_expired')
  })
})

describe('T11 a parameter given twice', () => {
  it.each(['code=a&code=b', 'grant_type=a&grant_type=a', 'client_id=a&client_id=b', 'P09=1&code_verifier=a&code_verifier=a', 'code=&code=x', '__proto__=1&__proto__=2'])('%s: parameter_repeated', (text) => {
    expectRefusal(singleValued(parsedForm(text)), 'parameter_repeated')
  })
  it('is fine for resource', () => {
    const asked = parsedForm('resource=a&resource=b&resource=&scope=x')
    expect(singleValued(asked)).toBe(asked)
    expect(asked.all('resource')).toEqual(['a', 'b'])
    expect(asked.one('resource')).toBeUndefined()
  })
  it('T13 and a hundred others: too_many_parameters', () => {
    expect(isRefusal(parseForm(Array.from({ length: 100 }, (_, at) => `p${at}=`).join('&')))).toBe(false)
    expectRefusal(parseForm(Array.from({ length: 101 }, (_, at) => `p${at}=`).join('&')), 'too_many_parameters')
    expectRefusal(parseForm('a&'.repeat(100_000)), 'too_many_parameters')
  })
  it('T16 never reaches a prototype', () => {
    const asked = parsedForm('__proto__=x&constructor[prototype][isAdmin]=1&toString=1&hasOwnProperty=1')
    expect(asked.one('__proto__')).toBe('x')
    expect(asked.one('constructor')).toBeUndefined()
    expect(asked.one('valueOf')).toBeUndefined()
    expect(Reflect.has({}, 'isAdmin')).toBe(false)
  })
})
