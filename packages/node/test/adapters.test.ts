import { serve } from '@hono/node-server'
import expressFramework from 'express'
import fastifyFramework from 'fastify'
import { Hono } from 'hono'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { express } from '../src/express/index.ts'
import { fastify } from '../src/fastify/index.ts'
import { hono } from '../src/hono/index.ts'
import type { WebAuth } from '../src/index.ts'
import { next } from '../src/next/index.ts'
import { BASE, halfHash, ISSUER, setUpWorld, signed, START } from './web-issuer.ts'

const running: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of running.splice(0)) await stop()
})

const listening = async (server: Server): Promise<string> => {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  running.push(() => new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  }))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Each framework with the sign-in, a page that tells who is there, and a route of its own that reads a body. */
const frameworks: Readonly<Record<string, (web: WebAuth) => Promise<string>>> = {
  'Express': (web) => {
    const app = expressFramework()
    const auth = express(web)
    app.use(auth)
    app.get('/me', async (request, response) => {
      const session = await auth.session(request, response)
      response.setHeader('set-cookie', 'own=1')
      response.json({ sub: session?.sub, token: (await session?.token())?.token })
    })
    app.post('/echo', expressFramework.text(), (request, response) => void response.send(request.body))
    return listening(createServer(app))
  },
  'Express behind a body parser': (web) => {
    const app = expressFramework()
    const auth = express(web)
    app.use(expressFramework.urlencoded(), expressFramework.text())
    app.use(auth)
    app.get('/me', async (request, response) => {
      const session = await auth.session(request, response)
      response.setHeader('set-cookie', 'own=1')
      response.json({ sub: session?.sub, token: (await session?.token())?.token })
    })
    app.post('/echo', (request, response) => void response.send(request.body))
    return listening(createServer(app))
  },
  'Fastify': async (web) => {
    const app = fastifyFramework()
    const auth = fastify(web)
    await app.register(auth)
    app.get('/me', async (request, reply) => {
      const session = await auth.session(request, reply)
      void reply.header('set-cookie', 'own=1')
      return { sub: session?.sub, token: (await session?.token())?.token }
    })
    app.post('/echo', async (request) => request.body)
    running.push(() => app.close())
    return app.listen({ host: '127.0.0.1', port: 0 })
  },
  'Hono': async (web) => {
    const app = new Hono()
    app.use(hono(web))
    app.get('/me', async (c) => {
      const { session, apply } = await web.session(c.req.raw)
      return apply(c.json({ sub: session?.sub, token: (await session?.token())?.token }, 200, { 'set-cookie': 'own=1' }))
    })
    app.post('/echo', async (c) => c.text(await c.req.text()))
    return listening(serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }) as Server)
  },
}

describe.each(Object.entries(frameworks))('in %s', (_, start) => {
  const send = (url: string, init: RequestInit = {}) => fetch(url, { ...init, redirect: 'manual' })
  const cookiesOf = (response: Response) => response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ')

  it('a user signs in by a posted form, is renewed, and signs out', async () => {
    const { web, clock, answers } = setUpWorld({ responseType: 'code id_token' })
    const app = await start(web)
    const away = await send(`${app}/auth/login?returnTo=/me`, { headers: { host: 'evil.example' } })
    const { state = '', nonce = '', redirect_uri } = Object.fromEntries(new URL(away.headers.get('location') ?? '').searchParams)
    expect({ status: away.status, redirect_uri }).toEqual({ status: 303, redirect_uri: `${BASE}/auth/callback` })
    const id_token = await signed({ iss: ISSUER, sub: 'alice', aud: 'web', iat: START, exp: START + 300, nonce, c_hash: halfHash(nonce) })
    const back = await send(`${app}/auth/callback`, { method: 'POST', body: new URLSearchParams({ code: nonce, state, iss: ISSUER, id_token }), headers: { cookie: cookiesOf(away) } })
    expect({ status: back.status, location: back.headers.get('location') }).toEqual({ status: 303, location: `${BASE}/me` })
    const cookie = cookiesOf(back)
    const me = await send(`${app}/me`, { headers: { cookie } })
    expect({ me: await me.json(), cookies: me.headers.getSetCookie() }).toEqual({ me: { sub: 'alice', token: 'at-1' }, cookies: ['own=1'] })

    clock.now += 590
    const renewed = await send(`${app}/me`, { headers: { cookie } })
    expect({ me: await renewed.json(), cookies: renewed.headers.getSetCookie().sort() }).toEqual({ me: { sub: 'alice', token: 'at-2' }, cookies: [expect.stringMatching(/^__Host-latchkey=/), 'own=1'] })
    answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 })
    const out = await send(`${app}/auth/logout`, { headers: { cookie } })
    expect({ status: out.status, cookies: out.headers.getSetCookie() }).toEqual({ status: 303, cookies: [expect.stringContaining('__Host-latchkey=; Path=/; Max-Age=0')] })
  })
  it('other requests reach the application with their bodies', async () => {
    const app = await start(setUpWorld().web)
    const answer = await send(`${app}/echo`, { method: 'POST', body: 'hello', headers: { 'content-type': 'text/plain' } })
    expect({ status: answer.status, text: await answer.text() }).toEqual({ status: 200, text: 'hello' })
    expect((await send(`${app}//evil.example/auth/login`)).status).toBe(404)
  })
  it('a proxied request goes on with its body', async () => {
    const { web, answers } = setUpWorld({ proxy: [{ path: '/api', target: 'https://api.example', token: 'none' }] })
    answers['https://api.example/orders'] = async (request) => new Response(`${request.method} ${await request.text()}`, { status: 201 })
    const app = await start(web)
    const answer = await send(`${app}/api/orders`, { method: 'POST', body: 'x'.repeat(70_000), headers: { 'x-csrf': '1', 'content-type': 'text/plain' } })
    expect({ status: answer.status, length: (await answer.text()).length }).toEqual({ status: 201, length: 70_005 })
  })
})

describe('for Next.js', () => {
  it('route handlers answer, and 404 what is not theirs', async () => {
    const { GET, POST } = next(setUpWorld().web)
    expect(await GET(new Request('http://inside.local/auth/login'))).toMatchObject({ status: 303 })
    expect(await POST(new Request('http://inside.local/auth/user', { method: 'POST' }))).toMatchObject({ status: 403 })
    expect(await GET(new Request('http://inside.local/other'))).toMatchObject({ status: 404 })
  })
})
