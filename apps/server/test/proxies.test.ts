import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { clientAddress } from '../src/listener/client-address.ts'
import { GOOD } from './bad-configurations.ts'
import { serving, stopAll } from './serving.ts'
import { emptyFolder } from './terminal.ts'
import { sent } from './wire.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 20_000 })

afterEach(stopAll)

describe('proxies', () => {
  const xff = clientAddress({ addresses: ['10.0.0.0/8', '::1', 'fd00::/8'], header: 'x-forwarded-for' })
  const forwarded = clientAddress({ addresses: ['10.0.0.0/8', '::1', 'fd00::/8'], header: 'forwarded' })

  it.each([
    ['192.0.2.7', '198.51.100.1', '192.0.2.7'],
    ['10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['::ffff:192.0.2.7', '198.51.100.1', '192.0.2.7'],
    ['::1', '198.51.100.1, 192.0.2.9', '192.0.2.9'],
    ['10.0.0.1', '198.51.100.1, 192.0.2.9, 10.2.3.4,fd00::7', '192.0.2.9'],
    ['10.0.0.1', '10.9.9.9', '10.9.9.9'],
    ['10.0.0.1', '2001:db8::1', '2001:db8::1'],
    ['10.0.0.1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['10.0.0.1', '198.51.100.1, unknown', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1, 999.1.1.1', '10.0.0.1'],
    ['10.0.0.1', "127.0.0.1'; drop table", '10.0.0.1'],
    ['10.0.0.1', '', '10.0.0.1'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['10.0.0.1', `${'1.1.1.1,'.repeat(10_000)}198.51.100.1`, '198.51.100.1'],
    [undefined, '198.51.100.1', undefined],
  ])('W01 V08 from %s, X-Forwarded-For %j means %s', (peer, header, client) => {
    expect(xff(peer, { 'x-forwarded-for': header, forwarded: 'for=203.0.113.9', 'x-real-ip': '203.0.113.9' })).toBe(client)
  })

  it.each([
    ['192.0.2.7', 'for=198.51.100.1', '192.0.2.7'],
    ['10.0.0.1', 'for=198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', 'For="[2001:db8:cafe::17]:4711"', '2001:db8:cafe::17'],
    ['10.0.0.1', 'proto=https;for=198.51.100.1;by=10.0.0.1, for=10.0.0.2', '198.51.100.1'],
    ['10.0.0.1', 'for=203.0.113.1, for="198.51.100.1:80";host="a,b;for=1.1.1.1"', '198.51.100.1'],
    ['10.0.0.1', 'for=_hidden, for=unknown', '10.0.0.1'],
    ['10.0.0.1', 'for="198.51.100.1', '10.0.0.1'],
    ['10.0.0.1', 'host=evil.example', '10.0.0.1'],
  ])('W01 from %s, Forwarded %j means %s', (peer, header, client) => {
    expect(forwarded(peer, { forwarded: header, 'x-forwarded-for': '203.0.113.9' })).toBe(client)
  })

  it('are nobody unless they are named', () => {
    expect(clientAddress(undefined)('10.0.0.1', { 'x-forwarded-for': '198.51.100.1', forwarded: 'for=198.51.100.1' })).toBe('10.0.0.1')
  })

  it.each([[['127.0.0.1'], '198.51.100.1'], [undefined, '127.0.0.1'], [['10.0.0.0/8'], '127.0.0.1']])('W01 trusted %j: the log names %s, and every URL stays the issuer’s', async (trustedProxies, address) => {
    const cwd = emptyFolder()
    writeFileSync(path.join(cwd, 'latchkey.config.json'), JSON.stringify({ ...GOOD, listen: { host: '127.0.0.1', ...(trustedProxies === undefined ? {} : { trustedProxies }) } }))
    const { port, log } = await serving([], { cwd })
    const headers = 'Host: evil.example\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 666\r\nX-Forwarded-For: 198.51.100.1\r\nForwarded: for=203.0.113.9;host=evil.example;proto=http\r\nX-Original-URL: /admin\r\nConnection: close\r\n'
    const asked = (target: string) => sent(port, `GET ${target} HTTP/1.1\r\n${headers}\r\n`)
    const discovery = await asked('/.well-known/openid-configuration')
    const urls = [...discovery.body.matchAll(/https?:\/\/[^/"]+/g)].map(([url]) => url)
    expect([discovery.status, new Set(urls)]).toEqual([200, new Set(['https://login.example.com'])])
    const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    const login = await asked(`/authorize?client_id=web&response_type=code&scope=openid&redirect_uri=${encodeURIComponent('https://rp.example.com/callback')}&code_challenge=${challenge}&code_challenge_method=S256`)
    expect([login.status, login.headers.get('location'), login.headers.get('set-cookie')]).toEqual([303, expect.stringMatching(/^https:\/\/login\.example\.com\/login\?/), expect.stringMatching(/^ ?__Host-latchkey-browser=.*; Secure/)])
    expect((await asked('/')).body).not.toContain('evil.example')
    expect(log().filter(({ msg }) => msg === 'request').map((line) => line['address'])).toEqual([address, address, address])
  })
})
