import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { clientSecretBasic, createClient, type AuthorizationUrl, type Client, type PendingAuthorization, type TokenSet } from '@latchkey/client'
import { expect } from 'vitest'
import { importBlock, runBlock } from './block-module.ts'
import { startConfigured } from './configured.ts'
import { API, type Demo, SECRETS } from './demo.ts'
import { registration } from './registration.ts'
import type { Rule, Rules } from './quickstart.ts'
import { CAROL } from './rules-of-servers.ts'
import type { Shell } from './shell.ts'
import { addressOf, pageOf, signIn, UserAgent } from './user-agent.ts'

/** Where the blocks run: beside a demo, and those of a page in one shell. */
export interface Place {
  readonly demo: Demo
  shellOf(page: string): Shell
}

/** A block with the addresses of this demo in place of those that `npm start` has. */
export function here(text: string, { issuer, spa, web, api }: Demo): string {
  return text.replaceAll('http://localhost:4700', issuer).replaceAll('http://localhost:4701', spa).replaceAll('http://localhost:4702', web).replaceAll('http://localhost:4703', api)
}

/** A block that a browser must run: it is compiled, and the test named runs its flow. */
function inBrowser(test: string, language = 'ts'): Rule {
  return {
    language,
    how: `is compiled by tools/docs.test.ts, and its flow runs in ${test}`,
    run: () => expect(existsSync(fileURLToPath(new URL(`../../${test}`, import.meta.url)))).toBe(true),
  }
}

type Fields = Readonly<Record<string, unknown>>
const fields = (text: string) => JSON.parse(text) as Fields

/** The rules of the pages that are about a flow of the demo. */
export function rulesOfFlows(place: () => Place): Rules {
  const script = (how: string, run: (shell: (env?: Readonly<Record<string, string>>) => Promise<string>) => Promise<void>): Rule => ({
    language: 'sh',
    how,
    run: (block) => run((env) => place().shellOf(block.page).run(here(block.text, place().demo), env)),
  })
  const module = (how: string, run: (exports: Fields, demo: Demo) => Promise<void>): Rule => ({
    language: 'ts',
    how,
    run: async ({ text }) => run(await importBlock(here(text, place().demo)), place().demo),
  })
  const spaTokens = async (demo: Demo) => {
    const client = createClient({ issuer: demo.issuer, clientId: 'spa' })
    const { url, pending } = await client.authorizationUrl({ redirectUri: `${demo.spa}/callback`, scope: 'openid profile offline_access api' })
    return client.callback(await signIn(new UserAgent(demo.issuer), url), pending)
  }
  let hybrid: Fields = {}
  let given: TokenSet | undefined
  const refreshToken = async () => (given ??= await spaTokens(place().demo)).refreshToken ?? ''

  return {
    'service.md': [
      registration,
      script('gets a token', async (run) => expect(fields(await run())).toMatchObject({ access_token: expect.any(String), token_type: 'Bearer', scope: 'api' })),
      { language: 'ts', how: 'calls the API', run: async ({ text }) => expect(await runBlock(here(text, place().demo)).ended()).toMatch(/sub: 'service'/) },
    ],
    'react.md': [inBrowser('tests/react.test.ts', 'tsx')],
    'spa.md': [
      registration,
      inBrowser('tests/spa.test.ts'),
      module('asks userinfo, and believes only what is about the user', async ({ profileOf }, demo) => {
        const ask = profileOf as (auth: { fetch: typeof fetch }, sub: string) => Promise<unknown>
        const { accessToken } = await spaTokens(demo)
        const auth = { fetch: (input: string | URL | Request, init?: RequestInit) => fetch(input, { ...init, headers: { authorization: `Bearer ${accessToken.token}` } }) }
        expect(await ask(auth, 'alice')).toMatchObject({ sub: 'alice', name: 'Alice Anders' })
        await expect(ask(auth, 'bob')).rejects.toThrow('another user')
      }),
      module('greets whoever has a token, and nobody else', async ({ me }, demo) => {
        const answer = me as (request: Request) => Promise<Response>
        const { accessToken } = await spaTokens(demo)
        const call = (headers: Record<string, string>) => answer(new Request(demo.api, { headers }))
        expect(await (await call({ authorization: `Bearer ${accessToken.token}` })).json()).toEqual({ hello: 'alice' })
        expect([(await call({})).status, (await call({ authorization: `Bearer ${accessToken.token}x` })).status]).toEqual([401, 401])
      }),
    ],
    'refresh.md': [
      script('answers the successor', async (run) => {
        const first = await refreshToken()
        const answer = fields(await run({ REFRESH_TOKEN: first }))
        expect(answer).toMatchObject({ access_token: expect.any(String), refresh_token: expect.any(String) })
        expect(answer['refresh_token']).not.toBe(first)
      }),
      module('renews tokens, and says nothing of those that are spent', async ({ renewed }, demo) => {
        const renew = renewed as (tokens: TokenSet) => Promise<TokenSet | undefined>
        const tokens = await spaTokens(demo)
        expect((await renew(tokens))?.accessToken.token).not.toBe(tokens.accessToken.token)
        await createClient({ issuer: demo.issuer, clientId: 'spa' }).revoke(tokens)
        expect(await renew(tokens)).toBe(undefined)
      }),
      script('ends the authorization', async (run) => {
        const { demo } = place()
        const [tokens, client] = [(given ??= await spaTokens(demo)), createClient({ issuer: demo.issuer, clientId: 'spa' })]
        await client.refresh(tokens)
        expect(await run({ REFRESH_TOKEN: tokens.refreshToken ?? '' })).toBe('')
        await expect(client.refresh(tokens)).rejects.toMatchObject({ code: 'invalid_grant' })
      }),
    ],
    'device.md': deviceRules(place, script),
    'web-app.md': [
      registration,
      module('signs in by code, and takes a response once', signsInByCode),
      { ...registration, run: (block) => void (registration.run(block), (hybrid = fields(block.text))) },
      module('signs in by code and ID Token, with a server that has the client of the block before', (block, demo) => signsInByHybrid(block, hybrid, demo)),
      registration,
      module('signs out, and comes back', signsOut),
    ],
  }
}

async function allowDevice(issuer: string, verification_uri_complete: string): Promise<void> {
  const agent = new UserAgent(issuer)
  const login = pageOf(await agent.visit(verification_uri_complete))
  const code = pageOf(await agent.submit(login, { username: 'alice', password: 'alice' }))
  const confirmation = pageOf(await agent.submit(code, {}))
  expect(pageOf(await agent.submit(confirmation, { decision: 'allow' })).status).toBe(200)
}

function deviceRules(place: () => Place, script: (how: string, run: (shell: () => Promise<string>) => Promise<void>) => Rule): readonly Rule[] {
  let asked: Fields = {}
  return [
    registration,
    script('answers a code', async (run) => {
      asked = fields(await run())
      expect(asked).toMatchObject({ device_code: expect.any(String), user_code: expect.any(String), verification_uri: `${place().demo.issuer}/device`, interval: 5 })
    }),
    { language: 'json', how: 'has the members of the answer before', run: ({ text }) => expect(Object.keys(fields(text))).toEqual(Object.keys(asked)) },
    {
      language: 'sh',
      how: 'answers tokens once the user has allowed, with the code that was answered',
      async run({ page, text }) {
        const { demo, shellOf } = place()
        expect(text).toContain(' device_code=vB1…')
        await allowDevice(demo.issuer, String(asked['verification_uri_complete']))
        expect(fields(await shellOf(page).run(here(text.replace('vB1…', String(asked['device_code'])), demo)))).toMatchObject({ access_token: expect.any(String), refresh_token: expect.any(String), id_token: expect.any(String), scope: expect.stringContaining('api') })
      },
    },
    {
      language: 'ts',
      how: 'waits for the user, and says who they are',
      async run({ text }) {
        const { demo } = place()
        const program = runBlock(here(text, demo))
        const [address = ''] = /http\S+/.exec(await program.wrote(/code: \S+/)) ?? []
        await allowDevice(demo.issuer, address)
        expect(await program.ended()).toContain('Signed in as alice')
      },
    },
  ]
}

async function signsInByCode(block: Fields, demo: Demo): Promise<void> {
  const begin = block['signIn'] as () => Promise<Response>
  const callback = block['callback'] as (request: Request) => Promise<Response>
  const sent = await begin()
  const [cookie = ''] = sent.headers.getSetCookie()[0]?.split(';') ?? []
  const back = await signIn(new UserAgent(demo.issuer), new URL(sent.headers.get('location') ?? ''))
  expect(back.href).toContain(`${demo.web}/callback?`)
  expect((await callback(new Request(back))).status).toBe(400)
  const taken = await callback(new Request(back, { headers: { cookie } }))
  expect([taken.status, await taken.text()]).toEqual([200, 'Hello alice'])
  expect((await callback(new Request(back, { headers: { cookie } }))).status).toBe(400)
}

async function signsOut(block: Fields, demo: Demo): Promise<void> {
  const leave = block['signOut'] as (client: Client, tokens: TokenSet) => Promise<Response>
  const client = createClient({ issuer: demo.issuer, clientId: 'web', clientAuth: clientSecretBasic(SECRETS.web) })
  const agent = new UserAgent(demo.issuer)
  const { url, pending } = await client.authorizationUrl({ redirectUri: `${demo.web}/callback`, scope: 'openid' })
  const tokens = await client.callback(await signIn(agent, url), pending)
  const away = await leave(client, tokens)
  expect(addressOf(await agent.visit(away.headers.get('location') ?? '')).href).toBe(`${demo.web}/`)
  const silent = await client.authorizationUrl({ redirectUri: `${demo.web}/callback`, scope: 'openid', extra: { prompt: 'none' } })
  expect(addressOf(await agent.visit(silent.url)).searchParams.get('error')).toBe('login_required')
}

async function signsInByHybrid(block: Fields, registered: Fields, demo: Demo): Promise<void> {
  const begin = block['begin'] as (client: Client) => Promise<AuthorizationUrl>
  const finish = block['finish'] as (client: Client, response: Request, pending: PendingAuthorization) => Promise<TokenSet>
  const server = await startConfigured({ users: [CAROL], resources: [{ resource: API, scopes: ['api'] }], clients: [{ ...registered, redirect_uris: [`${demo.web}/callback`] }] })
  try {
    const client = createClient({ issuer: server.issuer, clientId: 'web', clientAuth: clientSecretBasic(String(registered['client_secret'])) })
    const { url, pending } = await begin(client)
    const agent = new UserAgent(server.issuer)
    const login = pageOf(await agent.visit(url))
    const consent = pageOf(await agent.submit(login, { username: 'carol', password: 'carol' }))
    const posted = pageOf(await agent.submit(consent, { decision: 'allow' })).html
    const body = new URLSearchParams(posted.querySelectorAll('input').map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? '']))
    expect([posted.querySelector('form')?.getAttribute('action'), body.has('code'), body.has('id_token')]).toEqual([`${demo.web}/callback`, true, true])
    expect((await finish(client, new Request(`${demo.web}/callback`, { method: 'POST', body }), pending)).claims?.sub).toBe('carol')
  } finally {
    await server.stop()
  }
}
