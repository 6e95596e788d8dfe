import { describe, expect, test } from 'vitest'
import { ISSUER } from '../packages/server/test/issuer.ts'
import { drawFrom, requestOf } from './torture/mutations.ts'
import { backtrack, fuzzParsers, PARSERS } from './torture/parsers.ts'
import { corpusOf, fuzzRequests, wholeIssuer } from './torture/requests.ts'

const SEED = 9126
const silent = (): void => undefined

describe('requests that are almost right', () => {
  test('begin as right ones, which every endpoint answers', async () => {
    const issuer = wholeIssuer()
    const statuses = new Map<string, number>()
    for (const written of await corpusOf(issuer)) {
      const request = requestOf(written, ISSUER)
      if (request !== undefined) statuses.set(`${written.method} ${written.path}`, (await issuer.send(request)).status)
    }
    expect(Object.fromEntries(statuses)).toMatchObject({ 'GET /authorize': 303, 'POST /par': 201, 'GET /jwks': 200, 'GET /userinfo': 200, 'POST /register': 201, 'POST /device_authorization': 200, 'POST /revoke': 200, 'GET /.well-known/openid-configuration': 200 })
    expect([...statuses.values()].filter((status) => status >= 500)).toEqual([])
  })

  test('are never answered 5xx, and never not at all', async () => {
    const { sent, wrong, statuses } = await fuzzRequests(4_000, SEED, silent)
    expect([sent, wrong]).toEqual([4_000, []])
    expect(Object.keys(statuses)).toEqual(expect.arrayContaining(['200', '303', '400', '401']))
  })

  test('would show a server that throws', async () => {
    const { wrong } = await fuzzRequests(400, SEED, silent, () => {
      const issuer = wholeIssuer()
      const careless = async (http: Request): Promise<Response> => {
        JSON.parse(new URL(http.url).searchParams.get('claims') ?? '{}')
        return issuer.send(http)
      }
      return { ...issuer, send: careless }
    })
    expect(wrong.length).toBeGreaterThan(0)
  })
})

describe('parsers of core', () => {
  test('throw for nothing that is almost right', () => {
    const { inputs, thrown } = fuzzParsers(1_000, SEED)
    expect([inputs, thrown]).toEqual([1_000 * Object.keys(PARSERS).length, []])
  })

  test('Q07 come to an end with texts that make expressions backtrack', () => {
    const { inputs, thrown } = backtrack(10_000)
    expect(thrown).toEqual([])
    expect(inputs).toBeGreaterThan(10_000)
  })

  test('would show one that throws', () => {
    expect(fuzzParsers(200, SEED, { careless: (text) => JSON.parse(text) as unknown }).thrown.length).toBeGreaterThan(0)
    expect(fuzzParsers(500, SEED, { careless: (text) => decodeURIComponent(text) }).thrown.length).toBeGreaterThan(0)
  })
})

test('a seed draws the same again', () => {
  const draws = (seed: number) => {
    const draw = drawFrom(seed)
    return Array.from({ length: 20 }, () => draw(1_000))
  }
  expect(draws(7)).toEqual(draws(7))
  expect(draws(7)).not.toEqual(draws(8))
})
