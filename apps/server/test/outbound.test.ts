import { OutboundRefused } from '@latchkey/server'
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { gzipSync } from 'node:zlib'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pinnedOutbound } from '../src/outbound/pinned-outbound.ts'

const HOST = 'rp.example'

async function certificateFor(host: string) {
  return generate([{ name: 'commonName', value: host }], { keyType: 'ec', algorithm: 'sha256', extensions: [{ name: 'basicConstraints', cA: true }, { name: 'subjectAltName', altNames: [{ type: 2, value: host }] }] })
}

interface Site {
  readonly port: number
  readonly requests: IncomingMessage[]
  connections(): number
}
const servers: Server[] = []

async function serving(server: Server): Promise<() => number> {
  let connections = 0
  server.on('connection', () => connections++)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return () => connections
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

async function siteWith(answer: (request: IncomingMessage, response: ServerResponse) => void, certificate: { private: string; cert: string }): Promise<Site> {
  const requests: IncomingMessage[] = []
  const server = createServer({ key: certificate.private, cert: certificate.cert }, (request, response) => {
    requests.push(request)
    answer(request, response)
  })
  const connections = await serving(server)
  return { port: portOf(server), requests, connections }
}

let certificate: Awaited<ReturnType<typeof certificateFor>>
let canary: Server
let knocks: () => number

beforeAll(async () => {
  certificate = await certificateFor(HOST)
  canary = createPlainServer((_, response) => response.end('secret'))
  knocks = await serving(canary)
})
afterAll(async () => {
  await Promise.all(servers.map((server) => new Promise((resolve) => {
    if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function') server.closeAllConnections()
    server.close(resolve)
  })))
})

/** Calls a site that stands for one on the Internet. */
function calling(site: Site, answers: readonly (readonly string[])[] = [['127.0.0.1']]) {
  const asked: string[] = []
  const outbound = pinnedOutbound({
    extraCa: certificate.cert,
    dangerouslyAllowLoopback: [`${HOST}:${site.port}`],
    resolve: (host) => {
      asked.push(host)
      return Promise.resolve(answers[Math.min(asked.length, answers.length) - 1] ?? [])
    },
  })
  return { outbound, asked, url: `https://${HOST}:${site.port}/r?x=1#hash` }
}

describe('a call that is answered', () => {
  it('has the status, the headers and the body, whatever they are', async () => {
    const site = await siteWith((_, response) => response.writeHead(404, { 'content-type': 'text/plain', 'x-two': ['a', 'b'] }).end('none – here'), certificate)
    const { outbound, url } = calling(site)
    const { status, headers, body, bytes } = await outbound(url, { headers: { accept: 'text/plain' } })
    expect(Buffer.from('none – here').equals(bytes ?? new Uint8Array())).toBe(true)
    expect([status, headers.get('content-type'), headers.get('x-two'), body]).toEqual([404, 'text/plain', 'a, b', 'none – here'])
    expect(site.requests.map(({ url: path, headers: sent }) => [path, sent.host, sent.accept, sent['accept-encoding'], sent.connection])).toEqual([['/r?x=1', `${HOST}:${site.port}`, 'text/plain', 'identity', 'close']])
  })
  it('may post', async () => {
    const site = await siteWith((request, response) => void request.pipe(response), certificate)
    const { outbound, url } = calling(site)
    expect((await outbound(url, { method: 'POST', body: 'logout_token=x' })).body).toBe('logout_token=x')
  })
  it('goes to the address that was looked at, which is asked for once, under the name in the certificate', async () => {
    let name: unknown
    const site = await siteWith((request, response) => {
      name = Reflect.get(request.socket, 'servername')
      response.end('ours')
    }, certificate)
    const { outbound, url, asked } = calling(site, [['127.0.0.1'], ['127.0.0.2']])
    expect([(await outbound(url)).body, asked, name]).toEqual(['ours', [HOST], HOST])
  })
  it('keeps no connection', async () => {
    const site = await siteWith((_, response) => response.end('x'), certificate)
    const { outbound, url } = calling(site)
    await outbound(url)
    await outbound(url)
    expect(site.connections()).toBe(2)
  })
  it('follows no redirect, such as one to a metadata address', async () => {
    const site = await siteWith((_, response) => response.writeHead(302, { location: `http://127.0.0.1:${portOf(canary)}/latest/meta-data/` }).end(), certificate)
    const { outbound, url } = calling(site)
    expect([(await outbound(url)).status, site.requests.length, knocks()]).toEqual([302, 1, 0])
  })
  it('may be by http where that is named', async () => {
    const port = portOf(canary)
    const outbound = pinnedOutbound({ dangerouslyAllowLoopback: [`localhost:${port}`], resolve: () => Promise.resolve(['127.0.0.1']) })
    const before = knocks()
    expect([(await outbound(`http://localhost:${port}/`)).body, knocks()]).toEqual(['secret', before + 1])
  })
})

describe('a call that is not made', () => {
  const before = () => knocks()
  it.each([
    'file:///etc/passwd', 'ftp://rp.example/', 'rp.example', '', 'http://rp.example/', 'https://user:secret@rp.example/', 'https://127.0.0.1:PORT/', 'http://127.0.0.1:PORT/', 'https://2130706433:PORT/', 'https://0x7f000001:PORT/',
    'https://0177.0.0.1:PORT/', 'https://127.1:PORT/', 'https://[::1]:PORT/', 'https://[::ffff:127.0.0.1]:PORT/', 'https://[::ffff:7f00:1]:PORT/', 'https://169.254.169.254/latest/meta-data/', 'https://localhost:PORT/', 'https://metadata.google.internal/',
  ])('J09 %s', async (text) => {
    const knocked = before()
    await expect(pinnedOutbound({ resolve: () => Promise.resolve(['127.0.0.1']) })(text.replace('PORT', String(portOf(canary))))).rejects.toBeInstanceOf(OutboundRefused)
    expect(knocks()).toBe(knocked)
  })
  it.each([
    [['127.0.0.1']], [['10.0.0.1']], [['169.254.169.254']], [['::1']], [['::ffff:127.0.0.1']], [['::ffff:7f00:1']], [['fd00::1']], [['fe80::1%lo']], [['64:ff9b::7f00:1']], [['8.8.8.8', '127.0.0.1']], [['2606:4700::1111', '::1']],
  ])('to a name that leads to %j', async (addresses) => {
    const knocked = before()
    await expect(pinnedOutbound({ resolve: () => Promise.resolve(addresses) })(`https://rp.example:${portOf(canary)}/`)).rejects.toBeInstanceOf(OutboundRefused)
    expect(knocks()).toBe(knocked)
  })
  it('to another port or name than those that are named', async () => {
    const port = portOf(canary)
    const outbound = pinnedOutbound({ dangerouslyAllowLoopback: [`localhost:${port + 1}`, `rp.example:${port}`], resolve: () => Promise.resolve(['127.0.0.1']) })
    for (const url of [`http://localhost:${port}/`, `http://127.0.0.1:${port}/`, `https://other.example:${port}/`]) await expect(outbound(url)).rejects.toBeInstanceOf(OutboundRefused)
  })
  it('to a name without addresses', async () => {
    await expect(pinnedOutbound({ resolve: () => Promise.resolve([]) })('https://rp.example/')).rejects.toThrow('no address')
  })
  it('when the resolver does not answer in time', async () => {
    await expect(pinnedOutbound({ resolve: () => new Promise(() => {}) })('https://rp.example/', { timeout: 0.05 })).rejects.toThrow('in time')
  })
})

describe('a call that is given up', () => {
  it('when nobody vouches for the certificate, or it is for another name', async () => {
    const site = await siteWith((_, response) => response.end('x'), certificate)
    const { url } = calling(site)
    const named = [`${HOST}:${site.port}`, `other.example:${site.port}`]
    const resolve = () => Promise.resolve(['127.0.0.1'])
    await expect(pinnedOutbound({ dangerouslyAllowLoopback: named, resolve })(url)).rejects.toThrow(/certificate/)
    await expect(pinnedOutbound({ extraCa: certificate.cert, dangerouslyAllowLoopback: named, resolve })(url.replace(HOST, 'other.example'))).rejects.toThrow(/altnames/)
    expect(site.requests).toEqual([])
  })
  it.each<[string, (response: ServerResponse) => void]>([
    ['never begins', () => {}],
    ['never ends', (response) => void response.writeHead(200).write('x')],
    ['drips', (response) => {
      const drip = setInterval(() => response.write('x'), 5)
      response.on('close', () => clearInterval(drip))
    }],
  ])('when the answer %s', async (_, answer) => {
    const site = await siteWith((__, response) => answer(response), certificate)
    const { outbound, url } = calling(site)
    await expect(outbound(url, { timeout: 0.3 })).rejects.not.toBeInstanceOf(OutboundRefused)
  })
  it('when the body is too long, told or not', async () => {
    for (const headers of [{ 'content-length': '100000' }, {}]) {
      const site = await siteWith((_, response) => void response.writeHead(200, headers).end('x'.repeat(100_000)), certificate)
      const { outbound, url } = calling(site)
      await expect(outbound(url, { largest: 65_536 })).rejects.toThrow('more than 65536 bytes')
      expect((await outbound(url, { largest: 100_000 })).body).toHaveLength(100_000)
    }
  })
  it('when the body is packed, however little it is', async () => {
    const site = await siteWith((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(10_000_000))), certificate)
    const { outbound, url } = calling(site)
    await expect(outbound(url)).rejects.toThrow('gzip')
  })
  it('when the connection breaks off', async () => {
    const site = await siteWith((request) => request.socket.destroy(), certificate)
    const { outbound, url } = calling(site)
    await expect(outbound(url)).rejects.toThrow()
  })
})
