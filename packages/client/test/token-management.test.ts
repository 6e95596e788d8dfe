import { describe, expect, test } from 'vitest'
import { clientSecretBasic, type TokenSet } from '../src/index.ts'
import { failing, issuer, now, setUp } from './issuer.ts'

const tokens: TokenSet = { issuer, clientId: 'app', accessToken: { token: 'at', type: 'Bearer', expiresAt: now, scope: ['api'] }, refreshToken: 'rt' }
const { refreshToken: _, ...accessOnly } = tokens
const clientAuth = clientSecretBasic('s')

describe('revocation', () => {
  const answers = { '/revoke': () => new Response(null, { status: 200 }) }
  test.each<[TokenSet | string, object, string]>([
    [tokens, {}, 'token=rt&token_type_hint=refresh_token'],
    [tokens, { hint: 'access_token' }, 'token=at&token_type_hint=access_token'],
    [accessOnly, {}, 'token=at&token_type_hint=access_token'],
    ['t', {}, 'token=t'],
    ['t', { hint: 'refresh_token' }, 'token=t&token_type_hint=refresh_token'],
  ])('of %j with %j', async (token, options, body) => {
    const { client, asked } = setUp(answers, { clientAuth })
    await client.revoke(token, options)
    expect(asked[0]?.headers.get('authorization')).toBe(`Basic ${btoa('app:s')}`)
    expect(await asked[0]?.text()).toBe(body)
  })
  test('reports what the issuer holds against it', async () => {
    expect(await failing(setUp({ '/revoke': () => Response.json({ error: 'invalid_client' }, { status: 401 }) }).client.revoke('t'))).toBe('invalid_client')
    await expect(setUp({ '/revoke': () => new Response(null, { status: 503 }) }).client.revoke('t')).rejects.toMatchObject({ code: 'http_error', retryable: true })
  })
})

describe('introspection', () => {
  const introspecting = (body: unknown, token: TokenSet | string = tokens): Promise<unknown> => setUp({ '/introspect': () => Response.json(body) }, { clientAuth }).client.introspect(token)
  test('tells what a token stands for', async () => {
    expect(await introspecting({ active: true, sub: 'alice', scope: 'api' })).toEqual({ active: true, sub: 'alice', scope: 'api' })
    expect(await introspecting({ active: false, sub: 'alice' })).toEqual({ active: false })
  })
  test('asks about the access token unless told otherwise', async () => {
    const { client, asked } = setUp({ '/introspect': () => Response.json({ active: false }) }, { clientAuth })
    await client.introspect(tokens)
    await client.introspect(tokens, { hint: 'refresh_token' })
    expect(await Promise.all(asked.map(request => request.text()))).toEqual(['token=at&token_type_hint=access_token', 'token=rt&token_type_hint=refresh_token'])
  })
  test.each([{}, { active: 'true' }, 'yes', null, []])('refuses %j', async body => {
    expect(await failing(introspecting(body))).toBe('introspection_malformed')
  })
})

test('no token goes to another issuer or in the name of another client', async () => {
  const { client, asked } = setUp({})
  for (const foreign of [{ ...tokens, issuer: 'https://other.example' }, { ...tokens, clientId: 'other' }]) {
    for (const work of [client.revoke, client.introspect]) expect(await failing(work(foreign))).toBe('token_of_another_issuer')
  }
  expect(asked).toEqual([])
})
