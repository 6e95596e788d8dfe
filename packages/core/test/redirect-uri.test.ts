import { describe, expect, it } from 'vitest'
import { type Client, parseAuthorizationRequest, redirectUriFault, registeredRedirectUri } from '../src/index.ts'
import { catalogue, CHALLENGE, expectRefusal, form, native, web } from './world.ts'

function ask(redirect_uri: string, client: Client): unknown {
  return parseAuthorizationRequest(form({ response_type: 'code', redirect_uri, code_challenge: CHALLENGE, code_challenge_method: 'S256', scope: 'openid', state: 'S1' }), client, catalogue)
}

const REFUSED: readonly (readonly [string, Client, readonly string[]])[] = [
  ['R01', web, ['https://rp.example/cb/', 'https://rp.example/cb?x=1', 'https://rp.example/CB', 'https://rp.example/cb/..;/evil', 'https://rp.example/cb%2f..%2fevil', 'https://rp.example/cb#', 'https://rp.example/cb?', 'https://rp.example/cb/.']],
  ['R02', web, ['https://rp.example.evil.example/cb', 'https://rp.example@evil.example/cb', 'https://evil.example#@rp.example/cb', 'https://evil.example\\@rp.example/cb', 'https://evil.example/https://rp.example/cb']],
  ['R04', web, ['HTTPS://RP.EXAMPLE/cb', 'https://rp.example:443/cb', 'http://rp.example/cb', 'https://RP.example/cb', 'https://rp.example./cb']],
  ['R05', web, ['https://rp.example/cb%252f..%252fevil', 'https://rp.example/cb%00', 'https://rp.example/cb\u0000', 'https://rp.example/cb%0d%0aLocation:', 'https://rp.example/cb\r\nLocation: https://evil.example', '\thttps://rp.example/cb', 'https://rp.example/cb ', ' https://rp.example/cb', 'https://rp.example/cb\n']],
  ['R06', { ...web, redirect_uris: ['https://foo.rp.example/cb'] }, ['https://fooXrp.example/cb', 'https://foo.rpXexample/cb', 'https://evil.foo.rp.example/cb']],
  ['R09', web, ['javascript:alert(1)//https://rp.example/cb', 'data:text/html,<script>alert(1)</script>', 'vbscript:x', 'blob:https://rp.example/cb', 'JavaScript:alert(1)']],
  ['R11', native, ['http://127.0.0.1:51004/evil', 'http://localhost:51004/cb', 'http://127.0.0.1.evil.example:80/cb', 'http://[::1]:5/cb', 'https://127.0.0.1:5/cb', 'http://127.0.0.1:51004/cb?x=1', 'http://127.0.0.1:51004/cb#x', 'http://127.0.0.1:51004/cb/../x', 'http://127.0.0.1:65536/cb', 'http://127.0.0.1:/cb', 'http://127.0.0.1:-1/cb', 'http://127.0.0.1:1e3/cb', 'http://user@127.0.0.1:5/cb', 'http://127.0.0.1:80@evil.example/cb', 'http://127.1:5/cb', 'http://2130706433:5/cb', 'http://127.0.0.1:5\\@evil.example/cb', 'HTTP://127.0.0.1:5/cb', 'http://127.0.0.1:51004/cb\n']],
  ['R12', web, ['https://rp.example:8443/cb']],
  ['R11 at a web client, whose port does not vary', { ...web, redirect_uris: ['http://127.0.0.1:3000/cb', 'http://[::1]/cb'] }, ['http://127.0.0.1:3001/cb', 'http://127.0.0.1/cb', 'http://[::1]:5/cb']],
  ['R16', web, ['https://[::1/cb', 'https://rp.example:99999/cb', 'http://[fe80::1%25eth0]/cb', ':'.repeat(30_000), `https://rp.example/cb${'/'.repeat(30_000)}`]],
  ['R16 at a loopback client', native, ['http://[::1/cb', 'http://127.0.0.1:99999/cb', `http://127.0.0.1:${'1'.repeat(30_000)}/cb`]],
  ['R17', native, ['com.example.app://cb', 'COM.EXAMPLE.APP:/cb', 'com.example.app:/cb/../x', 'com.example.app:/cb?x', 'com.example.app:cb']],
]

describe.each(REFUSED)('%s: redirect_uri_unregistered, on a page of ours', (_, client, uris) => {
  it.each(uris.map((uri) => [uri.length > 80 ? `${uri.slice(0, 60)}… of ${uri.length} characters` : JSON.stringify(uri), uri]))('%s', (_shown, uri) => {
    expect(registeredRedirectUri(uri, client)).toBeUndefined()
    expect(expectRefusal(ask(uri, client), 'redirect_uri_unregistered').returnTo).toBeUndefined()
  })
})

describe('what is registered is accepted', () => {
  it.each([
    ['R01 to the letter', 'https://rp.example/cb', web],
    ['R10 a loopback address at another port', 'http://127.0.0.1:51004/cb', native],
    ['R10 a loopback address without a port', 'http://127.0.0.1/cb', native],
    ['R17 a private-use scheme', 'com.example.app:/cb', native],
    ['R14 with its query', 'https://rp.example/cb?a=1%202', { ...web, redirect_uris: ['https://rp.example/cb?a=1%202'] }],
    ['R10 an IPv6 loopback address at another port', 'http://[::1]:5/cb', { ...native, redirect_uris: ['http://[::1]:80/cb'] }],
  ] as const)('%s', (_, uri, client) => {
    expect(registeredRedirectUri(uri, client)).toBe(uri)
    expect(ask(uri, client)).toMatchObject({ returnTo: { redirect_uri: uri } })
  })
  it('by any of several registrations', () => {
    const client = { ...web, redirect_uris: ['https://rp.example/a', 'https://rp.example/b'] }
    expect(registeredRedirectUri('https://rp.example/b', client)).toBe('https://rp.example/b')
  })
})

describe('G02 what cannot be registered', () => {
  it.each([
    ['javascript:alert(1)', 'unsafe scheme'],
    ['JavaScript:alert(1)', 'unsafe scheme'],
    ['data:text/html,x', 'unsafe scheme'],
    ['file:///etc/passwd', 'unsafe scheme'],
    ['vbscript:x', 'unsafe scheme'],
    ['blob:x', 'unsafe scheme blob'],
    ['about:x', 'unsafe scheme about'],
    ['ftp:x', 'unsafe scheme ftp'],
    ['mailto:x', 'unsafe scheme mailto'],
    ['ssh:x', 'unsafe scheme ssh'],
    ['tel:x', 'unsafe scheme tel'],
    ['view-source:x', 'unsafe scheme view-source'],
    ['ws:x', 'unsafe scheme ws'],
    ['wss:x', 'unsafe scheme wss'],
    ['https://rp.example/cb#fragment', 'fragment'],
    ['https://rp.example/cb#', 'fragment'],
    ['https://*.rp.example/cb', 'wildcard'],
    ['https://rp.example/*', 'wildcard'],
    ['http://rp.example/cb', 'plain http'],
    ['http://localhost.evil.example/cb', 'plain http'],
    ['http://127.0.0.1@evil.example/cb', 'plain http'],
    ['http://10.0.0.1/cb', 'plain http'],
    ['https://rp.example/cb?code=x&state=y', 'query parameter'],
    ['https://rp.example/cb?a=1&state=y', 'query parameter'],
    ['https://rp.example/cb?iss=x', 'query parameter'],
    ['https://rp.example/cb?%63ode=x', 'query parameter'],
    ['https://rp.example/cb?a=1&st%61te=x', 'query parameter'],
    ['https://rp.example:65536/cb', 'host and port'],
    ['https://rp.example:/cb', 'host and port'],
    ['https://[::1/cb', 'host and port'],
    ['myapp:/cb', 'without a dot'],
    ['https://user:pw@rp.example/cb', 'user information'],
    ['https:///cb', 'no valid host'],
    ['https:rp.example/cb', 'no valid host'],
    ['https://rp.example\\@evil.example/cb', 'a character'],
    ['https://rp.example/c b', 'a character'],
    ['https://rp.example/cb\r\n', 'a character'],
    ['https://rp.example/<script>', 'a character'],
    ['https://rp.example/"', 'a character'],
    ['https://rp.exämple/cb', 'a character'],
    ['/cb', 'absolute'],
    ['//rp.example/cb', 'absolute'],
    ['rp.example/cb', 'absolute'],
    ['', 'a character'],
    [`https://rp.example/${'a'.repeat(2_000)}`, 'longer'],
  ])('%s', (uri, fault) => {
    expect(redirectUriFault(uri, 'native')).toContain(fault)
    expect(redirectUriFault(uri, 'web')).toContain(fault)
  })
  it.each(['code', 'state', 'iss', 'error', 'error_description', 'error_uri', 'session_state', 'id_token', 'access_token', 'response'])('R14 a query parameter %s', (name) => {
    expect(redirectUriFault(`https://rp.example/cb?a=1&${name}=x`, 'web')).toContain('query parameter')
    expect(redirectUriFault(`https://rp.example/cb?a=1&x${name}=x`, 'web')).toBeUndefined()
  })
  it('a private-use scheme is for native clients', () => {
    expect(redirectUriFault('com.example.app:/cb', 'native')).toBeUndefined()
    expect(redirectUriFault('com.example.app:/cb', 'web')).toContain('native')
  })
  it.each(['https://rp.example/cb', 'https://rp.example:8443/cb?a=1%202', 'http://127.0.0.1/cb', 'http://[::1]:3000/cb', 'http://localhost:3000/cb'])('%s can', (uri) => {
    expect(redirectUriFault(uri, 'web')).toBeUndefined()
    expect(redirectUriFault(uri, 'native')).toBeUndefined()
  })
})
