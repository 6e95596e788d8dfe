import type { RefusalKey } from '@latchkey/core'
import { type Outbound, type OutboundAnswer, OutboundRefused, type OutboundRequest } from '@latchkey/server'
import { describe, expect, it } from 'vitest'
import { browserFor, returned } from './browser.ts'
import { START } from './issuer.ts'
import { askingAs, expectReturned, REQUEST_URI, requestIssuer, requestObject } from './requests.ts'
import { ISSUER } from './issuer.ts'

const PLAIN_URI = 'https://rp.example/plain.jwt'
const url = (request_uri: string, client_id = 'referring') => `${ISSUER}/authorize?${new URLSearchParams(askingAs(client_id, { request_uri }))}`

/** A site of the client's, and what was asked of it. */
function site(answer: Partial<OutboundAnswer> | ((url: string) => Promise<Partial<OutboundAnswer>> | Partial<OutboundAnswer>)) {
  const calls: (readonly [string, OutboundRequest | undefined])[] = []
  const outbound: Outbound = async (at, request) => {
    calls.push([at, request])
    return { status: 200, headers: new Headers(), body: '', ...(await (typeof answer === 'function' ? answer(at) : answer)) }
  }
  return { calls, outbound }
}

describe('RO-2 a request object at an address', () => {
  it('is fetched from there, without the fragment, within bounds', async () => {
    const { calls, outbound } = site({ body: `${await requestObject('referring')}\n`, headers: new Headers({ 'content-type': 'application/oauth-authz-req+jwt' }) })
    const answer = await browserFor(requestIssuer({ outbound })).authorize(askingAs('referring', { request_uri: REQUEST_URI, redirect_uri: 'https://evil.example/cb' }))
    expect(returned(answer)).toMatchObject({ code: expect.stringMatching(/^[\w-]{43}$/) as string, state: 'inside' })
    expect(calls).toEqual([['https://rp.example/request.jwt', { timeout: 3, largest: 65_536, headers: { accept: 'application/oauth-authz-req+jwt, application/jwt;q=0.9, text/plain;q=0.5' } }]])
  })
  it.each(['application/jwt', 'text/plain; charset=utf-8', 'application/octet-stream', ''])('may be called %j there', async (type) => {
    const { outbound } = site({ body: await requestObject('referring'), headers: new Headers(type === '' ? {} : { 'content-type': type }) })
    expect(returned(await browserFor(requestIssuer({ outbound })).authorize({ client_id: 'referring', request_uri: PLAIN_URI })).code).toBeDefined()
  })
  it('is kept for a minute where its address has a fragment, and fetched anew where not', async () => {
    const { calls, outbound } = site(async () => ({ body: await requestObject('referring') }))
    const issuer = requestIssuer({ outbound })
    const ask = async (request_uri: string) => void (await issuer.fetch(new Request(url(request_uri))))
    for (const request_uri of [REQUEST_URI, REQUEST_URI, PLAIN_URI, PLAIN_URI]) await ask(request_uri)
    expect(calls.map(([at]) => at)).toEqual(['https://rp.example/request.jwt', PLAIN_URI, PLAIN_URI])
    issuer.pass(60)
    await ask(REQUEST_URI)
    expect(calls).toHaveLength(4)
  })
  it('is fetched once for all who ask at the same time, and again after a failure', async () => {
    let isAway = true
    const { calls, outbound } = site(async () => (isAway ? { status: 500 } : { body: await requestObject('referring') }))
    const issuer = requestIssuer({ outbound })
    await issuer.ready()
    const askAll = () => Promise.all(Array.from({ length: 20 }, () => issuer.fetch(new Request(url(REQUEST_URI)))))
    const lost = await askAll()
    expect([new Set(lost.map((answer) => returned(answer).error)), calls.length]).toEqual([new Set(['invalid_request_uri']), 1])
    isAway = false
    await askAll()
    expect([calls.length, issuer.count('interaction')]).toEqual([2, 20])
  })
  it('is judged as any other', async () => {
    const { outbound } = site({ body: await requestObject('referring', { exp: START - 11 }) })
    await expectReturned(requestIssuer({ outbound }), 'request_object_expired', 'invalid_request_object', url(REQUEST_URI), { state: 'inside' })
  })
})

describe('RO-5 a request object at an address is refused', () => {
  it.each<[string, RefusalKey, string, string, string]>([
    ['J09 when the client has no address', 'request_uri_not_supported', 'request_uri_not_supported', 'signer', PLAIN_URI],
    ['J09 at a metadata address', 'request_uri_unregistered', 'invalid_request_uri', 'referring', 'http://169.254.169.254/latest/meta-data/'],
    ['J09 at a file', 'request_uri_unregistered', 'invalid_request_uri', 'referring', 'file:///etc/passwd'],
    ['with another fragment', 'request_uri_unregistered', 'invalid_request_uri', 'referring', 'https://rp.example/request.jwt#v2'],
    ['without its fragment', 'request_uri_unregistered', 'invalid_request_uri', 'referring', 'https://rp.example/request.jwt'],
    ['with a fragment that is not registered', 'request_uri_unregistered', 'invalid_request_uri', 'referring', `${PLAIN_URI}#v1`],
    ['in another spelling', 'request_uri_unregistered', 'invalid_request_uri', 'referring', 'https://RP.example/plain.jwt'],
    ['with a query', 'request_uri_unregistered', 'invalid_request_uri', 'referring', `${PLAIN_URI}?x`],
  ])('%s, and nothing is called', async (_, key, error, client_id, request_uri) => {
    const { calls, outbound } = site({})
    await expectReturned(requestIssuer({ outbound }), key, error, url(request_uri, client_id))
    expect(calls).toEqual([])
  })
  it.each<[string, Partial<OutboundAnswer> | Error]>([
    ['a redirect', { status: 302, headers: new Headers({ location: 'http://169.254.169.254/' }) }],
    ['nothing there', { status: 404 }],
    ['a page', { headers: new Headers({ 'content-type': 'text/html; charset=utf-8' }) }],
    ['an address that must not be called', new OutboundRefused('an address in a private network')],
    ['no answer', new Error('secret detail')],
  ])('for %s', async (_, answer) => {
    const { outbound } = site(() => (answer instanceof Error ? Promise.reject(answer) : answer))
    const issuer = requestIssuer({ outbound })
    await expectReturned(issuer, 'request_uri_unanswered', 'invalid_request_uri', url(PLAIN_URI))
    expect(JSON.stringify(issuer.events)).not.toContain('secret detail')
  })
  it('for what is no request object', async () => {
    const { outbound } = site({ body: '{"redirect_uri":"https://rp.example/cb"}' })
    await expectReturned(requestIssuer({ outbound }), 'request_object_malformed', 'invalid_request_object', url(PLAIN_URI))
  })
})
