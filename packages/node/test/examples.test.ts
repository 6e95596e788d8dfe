import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ForeignIssuer, startForeignIssuer } from './foreign-issuer.ts'

const examples = new URL('../../../apps/examples/', import.meta.url)

let foreign: ForeignIssuer
let api: ChildProcess
let env: Record<string, string>

function start(name: 'service' | 'resource-server', more: Record<string, string> = {}): ChildProcess {
  const { pathname } = new URL(`${name}/src/main.ts`, examples)
  return spawn(process.execPath, ['--conditions=@latchkey/source', pathname], { env: { ...env, ...more } })
}

async function run(name: 'service', more?: Record<string, string>): Promise<{ code: number | null; out: string; err: string }> {
  const child = start(name, more)
  let [out, err] = ['', '']
  child.stdout?.on('data', (chunk) => (out += String(chunk)))
  child.stderr?.on('data', (chunk) => (err += String(chunk)))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out, err }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

beforeAll(async () => {
  foreign = await startForeignIssuer()
  env = { LATCHKEY_ISSUER: foreign.issuer, LATCHKEY_EXAMPLE_API_PORT: String(await freePort()) }
  api = start('resource-server')
  await new Promise((resolve) => api.stdout?.once('data', resolve))
})

afterAll(async () => {
  api.kill('SIGKILL')
  await foreign.stop()
})

describe('the examples', () => {
  it('the service calls the API and says so in one line', async () => {
    expect(await run('service')).toEqual({ code: 0, out: 'Hello service, you reached the API through service. (sub service, client service, scopes api)\n', err: '' })
  })

  it('the service says when the issuer or the API is not up, or the secret is wrong', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`
    const outcomes = await Promise.all([run('service', { LATCHKEY_ISSUER: nobody }), run('service', { LATCHKEY_EXAMPLE_API: nobody }), run('service', { LATCHKEY_EXAMPLE_SERVICE_SECRET: 'wrong' })])
    expect(outcomes.map(({ code, out }) => ({ code, out }))).toEqual(Array(3).fill({ code: 1, out: '' }))
    expect(outcomes[0]?.err).toContain(`No token from ${nobody}`)
    expect(outcomes[1]?.err).toBe(`The API at ${nobody} cannot be reached. Is it running?\n`)
    expect(outcomes[2]?.err).toContain('invalid_client')
    expect(outcomes.map(({ err }) => err).join('')).not.toMatch(/\n\s+at /)
  })

  it('the API answers the SPA across origins, also when it refuses', async () => {
    const origin = 'http://localhost:4701'
    const url = `http://127.0.0.1:${env['LATCHKEY_EXAMPLE_API_PORT']}`
    const refused = await fetch(`${url}/me`, { headers: { origin } })
    expect(refused.status).toBe(401)
    expect(Object.fromEntries(refused.headers)).toMatchObject({ 'www-authenticate': 'Bearer', 'access-control-allow-origin': origin, 'access-control-expose-headers': 'WWW-Authenticate' })
    const asked = await fetch(`${url}/me`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' } })
    expect([asked.status, asked.headers.get('access-control-allow-origin'), asked.headers.get('access-control-allow-headers')]).toEqual([204, origin, 'Authorization'])
    expect((await fetch(`${url}/me`, { headers: { origin: 'https://evil.example' } })).headers.get('access-control-allow-origin')).not.toBe('https://evil.example')
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' })
  })

  it('the API starts without its issuer, and stops when told to', async () => {
    const port = await freePort()
    const alone = start('resource-server', { LATCHKEY_ISSUER: `http://127.0.0.1:${await freePort()}`, LATCHKEY_EXAMPLE_API_PORT: String(port) })
    await new Promise((resolve) => alone.stdout?.once('data', resolve))
    const header = Buffer.from('{"alg":"ES256","typ":"at+jwt"}').toString('base64url')
    expect((await fetch(`http://127.0.0.1:${port}/me`, { headers: { authorization: `Bearer ${header}.e30.AA` } })).status).toBe(503)
    const ended = new Promise((resolve) => alone.once('exit', (...how) => resolve(how)))
    alone.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  })
})
