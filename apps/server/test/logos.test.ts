import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serving, stopAll } from './serving.ts'
import { emptyFolder } from './terminal.ts'

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const POLICY = { 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'; sandbox", 'cross-origin-resource-policy': 'same-origin' }

let site: Server
let asked: string[]

beforeEach(async () => {
  asked = []
  site = createServer(({ url }, answer) => {
    asked.push(url ?? '')
    if (url === '/logo') answer.writeHead(200, { 'content-type': 'text/html' }).end(PNG)
    else if (url === '/drawing') answer.writeHead(200, { 'content-type': 'image/svg+xml' }).end('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
    else if (url === '/huge') answer.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.concat([PNG, Buffer.alloc(262_144)]))
    else answer.writeHead(302, { location: '/logo' }).end()
  })
  await new Promise<void>((resolve) => site.listen(0, 'localhost', resolve))
})
afterEach(async () => {
  await stopAll()
  await new Promise((resolve) => site.close(resolve))
})

/** A server with clients that have these logos, by their names. */
async function serverWith(logos: Readonly<Record<string, string | undefined>>, isReachable = true) {
  const host = `localhost:${(site.address() as AddressInfo).port}`
  const clients = Object.entries(logos).map(([client_id, logo]) => ({
    client_id, client_name: `<${client_id}>`, token_endpoint_auth_method: 'none', redirect_uris: ['https://app.example.com/callback'], ...(logo === undefined ? {} : { logo_uri: logo.startsWith('/') ? `http://${host}${logo}` : logo }),
  }))
  const cwd = emptyFolder()
  writeFileSync(path.join(cwd, 'latchkey.config.json'), JSON.stringify({ issuer: 'http://localhost:4443', store: 'memory:', clients, ...(isReachable ? { exam: { dangerouslyAllowLoopback: [host] } } : {}) }))
  return serving([], { cwd })
}

describe('A27 V01 the logos of clients', () => {
  it('come from our own origin, as the images that they are', async () => {
    const { origin } = await serverWith({ 'a/b%2F': '/logo' })
    for (let time = 0; time < 2; time++) {
      const answer = await fetch(`${origin}/logos/${encodeURIComponent('a/b%2F')}`)
      expect([answer.status, Object.fromEntries(answer.headers)]).toEqual([200, expect.objectContaining({ ...POLICY, 'content-type': 'image/png', 'cache-control': 'public, max-age=3600' })])
      expect(PNG.equals(Buffer.from(await answer.arrayBuffer()))).toBe(true)
    }
    expect(asked).toEqual(['/logo'])
  })
  it.each(['/drawing', '/huge', '/elsewhere', 'https://localhost/logo', 'https://169.254.169.254/logo'])('are an initial when %s is no image of a size to show', async (logo) => {
    const { origin } = await serverWith({ web: logo })
    const answer = await fetch(`${origin}/logos/web`)
    expect([answer.status, Object.fromEntries(answer.headers)]).toEqual([200, expect.objectContaining({ ...POLICY, 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=60' })])
    expect(await answer.text()).toMatch(/^<svg [^]*>W<\/text><\/svg>$/)
  })
  it('are not asked for at this machine, unless an exam allows it', async () => {
    const { origin, log } = await serverWith({ web: '/logo' }, false)
    expect((await fetch(`${origin}/logos/web`)).headers.get('content-type')).toBe('image/svg+xml')
    expect(asked).toEqual([])
    expect(log().find(({ msg }) => msg === 'the logo of a client is not to be had')).toMatchObject({ err: { message: expect.stringMatching(/https|private/) as string } })
  })
  it('are nothing where there is none, or no client', async () => {
    const { origin } = await serverWith({ web: undefined })
    for (const name of ['web', 'nobody', '', '%', '%00', '..%2f..%2fetc']) expect((await fetch(`${origin}/logos/${name}`)).status, name).toBe(404)
    expect(asked).toEqual([])
  })
})
