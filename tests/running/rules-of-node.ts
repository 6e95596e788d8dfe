import path from 'node:path'
import { expect } from 'vitest'
import { importBlock, runBlock } from './block-module.ts'
import { startConfigured } from './configured.ts'
import { API, type Demo } from './demo.ts'
import type { Rule, Rules } from './quickstart.ts'
import { registration } from './registration.ts'
import { here, type Place } from './rules-of-flows.ts'
import { CAROL, inFolder } from './rules-of-servers.ts'
import { has, pageOf, signIn, UserAgent } from './user-agent.ts'

type Fields = Readonly<Record<string, unknown>>
type Answer = (request: Request) => Promise<Response>

/** The rules of the pages about what runs on Node.js: web applications with sessions, command lines, APIs. */
export function rulesOfNode(place: () => Place): Rules {
  let registered: Fields = {}
  const registers: Rule = { ...registration, run: (block) => void (registration.run(block), (registered = JSON.parse(block.text) as Fields)) }
  /** Runs beside a server that has the client of the page. */
  const withServer = async (text: string, during: (text: string, demo: Demo) => Promise<void>) => {
    const { demo } = place()
    const client = JSON.parse(here(JSON.stringify(registered), demo)) as Fields
    const server = await startConfigured({ users: [CAROL], resources: [{ resource: API, scopes: ['api'] }], clients: [client] })
    try {
      const own = { ...demo, issuer: server.issuer }
      await during(here(text, own), own)
    } finally {
      await server.stop()
    }
  }
  return {
    'web-sessions.md': [
      registers,
      { language: 'ts', how: 'signs a user in, knows them, and signs them out', run: ({ text }) => withServer(text, async (block, demo) => signsInAndOut((await importBlock(block))['answer'] as Answer, demo)) },
      { language: 'js', how: 'is for a page: asks where the block before answers', run: ({ text }) => expect(text).toMatch(/\/auth\/user'.*x-csrf[^]*\/auth\/login[^]*\/api\//) },
    ],
    'command-line.md': [
      registers,
      { language: 'ts', how: 'signs in on another device, and finds the session again', run: ({ text }) => withServer(text, (block, demo) => inFolder((folder) => signsInTwice(block.replace('~/.config/orders/auth.json', path.join(folder, 'auth.json')), demo))) },
    ],
    'api.md': [
      {
        language: 'ts',
        how: 'answers whoever has a token, and tells everyone else where to get one',
        async run({ text }) {
          const { demo } = place()
          const answer = (await importBlock(here(text, demo)))['answer'] as Answer
          const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'api', client_id: 'service' })
          const headers = { authorization: `Basic ${btoa('service:service-secret-for-the-demo-only-1')}` }
          const { access_token } = (await (await fetch(`${demo.issuer}/token`, { method: 'POST', headers, body })).json()) as Fields
          const taken = await answer(new Request(API, { headers: { authorization: `Bearer ${String(access_token)}` } }))
          expect([taken.status, await taken.json()]).toEqual([200, { sub: 'service', clientId: 'service' }])
          const refused = await answer(new Request(API))
          const address = `${API}/.well-known/oauth-protected-resource`
          expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, `Bearer scope="api", resource_metadata="${address}"`])
          expect(await (await answer(new Request(address))).json()).toMatchObject({ resource: API, authorization_servers: [demo.issuer] })
        },
      },
    ],
  }
}

async function signsInAndOut(answer: Answer, demo: Demo): Promise<void> {
  const cookies = new Map<string, string>()
  const visit = async (url: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await answer(new Request(url, { headers: { ...headers, cookie: [...cookies].map((pair) => pair.join('=')).join('; ') } }))
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(cookie) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return { status: response.status, location: response.headers.get('location') ?? '', text: await response.text() }
  }
  const sent = await visit(`${demo.web}/orders`)
  const away = await visit(sent.location)
  const back = await signIn(new UserAgent(demo.issuer), new URL(away.location), 'carol')
  expect((await visit(back.href)).location).toBe(`${demo.web}/orders`)
  expect(await visit(`${demo.web}/orders`)).toMatchObject({ status: 200, text: 'Hello carol' })
  expect((await visit(`${demo.web}/auth/user`)).status).toBe(403)
  expect(JSON.parse((await visit(`${demo.web}/auth/user`, { 'x-csrf': '1' })).text)).toMatchObject({ user: { sub: 'carol' } })
  expect((await visit(`${demo.web}/api/healthz`, { 'x-csrf': '1' })).text).toContain('ok')
  expect((await visit(`${demo.web}/auth/logout`)).status).toBe(303)
  expect((await visit(`${demo.web}/orders`)).status).toBe(302)
}

async function signsInTwice(block: string, { issuer }: Demo): Promise<void> {
  const first = runBlock(block)
  const [, code = ''] = /enter (\S+)/.exec(await first.wrote(/enter \S+/)) ?? []
  const agent = new UserAgent(issuer)
  let arrival = pageOf(await agent.visit(`${issuer}/device?user_code=${encodeURIComponent(code)}`))
  if (has(arrival, 'input[name=password]')) arrival = pageOf(await agent.submit(arrival, { username: 'carol', password: 'carol' }))
  const confirmation = pageOf(await agent.submit(arrival, {}))
  expect(pageOf(await agent.submit(confirmation, { decision: 'allow' })).status).toBe(200)
  expect(await first.ended()).toContain('Signed in as carol')
  expect(await runBlock(block).ended()).toBe('Signed in as carol\n')
}
