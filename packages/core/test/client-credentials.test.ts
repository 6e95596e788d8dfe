import { describe, expect, it } from 'vitest'
import { authorizationCode, chooseGrant, type Client, clientCredentials, GRANTS, grantsByType, type Issue, type Refusal, refusalRule, type RefusalKey, refreshToken } from '../src/index.ts'
import { catalogue, decide, expectIssue, expectRefusal, form, machine, NOW, spa, worldOf } from './world.ts'

function ask(parameters: Readonly<Record<string, string | readonly string[]>> = {}, client: Client = machine): Issue | Refusal {
  return decide(clientCredentials.begin(form({ grant_type: 'client_credentials', ...parameters }), client, catalogue), worldOf([]))
}

describe('client credentials', () => {
  it('give an access token for the client itself, and no other token', () => {
    expect(ask({ scope: 'read' })).toEqual({
      kind: 'issue',
      accessToken: {
        format: 'jwt',
        alg: 'ES256',
        scope: ['read'],
        expires_in: 3_600,
        claims: { iss: 'https://as.example', sub: 'C-m2m', aud: 'https://rs1.example', client_id: 'C-m2m', scope: 'read', iat: NOW, exp: NOW + 3_600 },
      },
      writes: [],
    })
  })
  it('give all of the client\'s API scopes when it names none', () => {
    expect(expectIssue(ask()).accessToken).toMatchObject({ format: 'opaque', scope: ['read', 'ledger', 'plain'], claims: { aud: ['https://rs1.example', 'https://rs2.example'] } })
  })
  it('give a token for one resource with its part of the scope', () => {
    expect(expectIssue(ask({ resource: 'https://rs1.example' })).accessToken).toMatchObject({ format: 'jwt', scope: ['read'], claims: { aud: 'https://rs1.example' } })
  })

  const refused: readonly { why: string; key: RefusalKey; decision: () => Issue | Refusal }[] = [
    { why: 'T20 a public client', key: 'grant_type_not_allowed', decision: () => ask({}, { ...spa, grant_types: ['client_credentials'] }) },
    { why: 'T17 a scope of 50,000 characters', key: 'scope_malformed', decision: () => ask({ scope: 'A'.repeat(50_000) }) },
    { why: 'T17 a scope of 25,000 names', key: 'scope_malformed', decision: () => ask({ scope: 'A '.repeat(25_000) }) },
    { why: 'a scope that nobody offers', key: 'scope_unknown', decision: () => ask({ scope: 'read nosuch' }) },
    { why: 'A15 a scope of others', key: 'scope_not_allowed', decision: () => ask({ scope: 'read admin' }) },
    { why: 'T21 scopes about users', key: 'scope_not_allowed', decision: () => ask({ scope: 'openid offline_access admin' }) },
    { why: 'T21 scopes about users that the client may ask for elsewhere', key: 'scope_needs_user', decision: () => ask({ scope: 'read openid' }, { ...machine, scope: [...machine.scope, 'openid'] }) },
    { why: 'no scope of its own', key: 'scope_empty', decision: () => ask({}, { ...machine, scope: ['openid'] }) },
    { why: 'only spaces', key: 'scope_empty', decision: () => ask({ scope: '  ' }) },
    { why: 'a resource beyond its scope', key: 'resource_not_granted', decision: () => ask({ scope: 'read', resource: 'https://rs2.example' }) },
    { why: 'a resource that nobody offers', key: 'resource_not_granted', decision: () => ask({ resource: 'https://rs9.example' }) },
  ]
  it.each(refused)('refuse $why: $key', ({ key, decision }) => {
    expectRefusal(decision(), key)
  })
})

describe('the grant of a token request', () => {
  const grants = grantsByType(GRANTS)
  const choose = (grant_type: string | undefined, client: Client): unknown => (grants instanceof Map ? chooseGrant(form({ grant_type }), client, grants) : undefined)

  it('is the one that it names', () => {
    expect(choose('authorization_code', spa)).toBe(authorizationCode)
    expect(choose('refresh_token', spa)).toBe(refreshToken)
    expect(choose('client_credentials', machine)).toBe(clientCredentials)
  })
  it.each([
    ['T04 a missing grant_type', undefined, spa, 'parameter_missing', 'invalid_request'],
    ['T04 password', 'password', spa, 'grant_type_unsupported', 'unsupported_grant_type'],
    ['T04 a foreign grant', 'urn:x:nosuch', spa, 'grant_type_unsupported', 'unsupported_grant_type'],
    ['a name of the object prototype', '__proto__', spa, 'grant_type_unsupported', 'unsupported_grant_type'],
    ['T05 a code to a machine', 'authorization_code', machine, 'grant_type_not_allowed', 'unauthorized_client'],
    ['T20 client credentials to a public client', 'client_credentials', spa, 'grant_type_not_allowed', 'unauthorized_client'],
  ] as const)('%s', (_, grant_type, client, key, error) => {
    expectRefusal(choose(grant_type, client), key)
    expect(refusalRule(key)).toMatchObject({ error, status: 400 })
  })
  it('belongs to one grant only', () => {
    expect(grantsByType([...GRANTS, { ...refreshToken }])).toEqual({ clash: 'refresh_token' })
  })
})
