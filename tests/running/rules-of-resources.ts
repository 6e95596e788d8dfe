import path from 'node:path'
import { createClient } from '@latchkey/client'
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose'
import { expect, vi } from 'vitest'
import { parse } from 'yaml'
import { importBlock } from './block-module.ts'
import { startConfigured } from './configured.ts'
import type { Rule, Rules } from './quickstart.ts'
import { answeredBy, CAROL, inFolder, ISSUER, SECRET } from './rules-of-servers.ts'
import { here, type Place } from './rules-of-flows.ts'
import { signIn, UserAgent } from './user-agent.ts'

type Fields = Readonly<Record<string, unknown>>
type Clients = readonly (Fields & { readonly client_id: string; readonly client_secret_file?: string })[]

/** The configuration of a page with a user, and with secrets in it rather than in files. */
function completed(configuration: Fields): Fields & { readonly clients: Clients } {
  const clients = (configuration['clients'] as Clients).map(({ client_secret_file, ...client }) => ({ ...client, ...(client_secret_file === undefined ? {} : { client_secret: SECRET }) }))
  return { users: [CAROL], ...configuration, clients }
}

const basic = (client_id: string) => ({ authorization: `Basic ${btoa(`${client_id}:${SECRET}`)}` })

async function ask(address: string, client_id: string, body: Record<string, string>): Promise<Fields> {
  return (await (await fetch(address, { method: 'POST', headers: basic(client_id), body: new URLSearchParams(body) })).json()) as Fields
}

/** The rules of the pages that need a server with resources or grants of its own. */
export function rulesOfResources(place: () => Place): Rules {
  let read: Fields = {}
  /** A configuration that the server starts with. */
  const configuration = (language: 'json' | 'yaml'): Rule => ({
    language,
    how: 'is a configuration that a server starts with',
    async run({ text }) {
      read = parse(text) as Fields
      await (await startConfigured(completed(read))).stop()
    },
  })
  return {
    'introspection.md': [
      {
        language: 'sh',
        how: 'says that a token is good, ends it, and says that it is not',
        async run({ page, text }) {
          const { demo, shellOf } = place()
          const output = await shellOf(page).run(here(text, demo))
          expect(output).toMatch(/^\{"active":true,[^\n]*"client_id":"service"[^]*HTTP\/1\.1 200 [^]*\{"active":false\}$/)
        },
      },
      configuration('yaml'),
      {
        language: 'sh',
        how: 'asks with the configuration of the block before',
        async run({ page, text }) {
          const { clients, ...rest } = completed(read)
          const shop = { client_id: 'shop', client_secret: SECRET, grant_types: ['client_credentials'], scope: 'orders.read' }
          const server = await startConfigured({ ...rest, clients: [...clients, shop] })
          try {
            const { access_token } = await ask(`${server.issuer}/token`, 'shop', { grant_type: 'client_credentials', scope: 'orders.read' })
            const shell = place().shellOf(page)
            await shell.run(`printf %s '${SECRET}' > orders-api.secret`)
            expect(JSON.parse(await shell.run(`TOKEN='${String(access_token)}'\n${text.replaceAll(ISSUER, server.issuer)}`))).toMatchObject({ active: true, client_id: 'shop', scope: 'orders.read' })
          } finally {
            await server.stop()
          }
        },
      },
    ],
    'token-exchange.md': [
      configuration('json'),
      {
        language: 'ts',
        how: "exchanges a user's token, with the configuration of the block before",
        async run({ text }) {
          const { clients, ...rest } = completed(read)
          const shop = { client_id: 'shop', token_endpoint_auth_method: 'none', redirect_uris: ['https://shop.example/callback'], scope: 'orders stock' }
          const server = await startConfigured({ ...rest, clients: [...clients, shop] })
          try {
            const { tokenForStock } = (await importBlock(text.replaceAll(ISSUER, server.issuer))) as { tokenForStock: (received: string, secret: string) => Promise<string> }
            const client = createClient({ issuer: server.issuer, clientId: 'shop' })
            const { url, pending } = await client.authorizationUrl({ redirectUri: 'https://shop.example/callback', scope: 'orders stock' })
            const { accessToken } = await client.callback(await signIn(new UserAgent(server.issuer), url, 'carol'), pending)
            const [, claims = ''] = (await tokenForStock(accessToken.token, SECRET)).split('.')
            expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ sub: 'carol', aud: 'https://stock.example.com', scope: 'stock', client_id: 'orders-api' })
            await expect(tokenForStock(`${accessToken.token}x`, SECRET)).rejects.toThrow('400')
          } finally {
            await server.stop()
          }
        },
      },
    ],
    'jwt-bearer.md': jwtBearerRules(place, configuration('json'), () => read),
    'extension-grant.md': [extensionGrant],
  }
}

function jwtBearerRules(place: () => Place, configuration: Rule, read: () => Fields): readonly Rule[] {
  let assertionFor: (sub: string, privateKey: string) => Promise<string>
  let source = ''
  return [
    configuration,
    {
      language: 'ts',
      how: 'signs an assertion',
      async run({ text }) {
        source = text
        assertionFor = (await importBlock(text))['assertionFor'] as typeof assertionFor
        const { privateKey } = await generateKeyPair('ES256', { extractable: true })
        expect((await assertionFor('carol', await exportPKCS8(privateKey))).split('.')).toHaveLength(3)
      },
    },
    {
      language: 'sh',
      how: 'gets a token for an assertion of the block before, with the configuration of the first',
      async run({ page, text }) {
        const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
        const { trustedIssuers, ...rest } = completed(read())
        const issuers = (trustedIssuers as readonly Fields[]).map(({ jwks_uri: _, ...trusted }) => trusted)
        const key = { ...(await exportJWK(publicKey)), kid: 'partner-1', alg: 'ES256' }
        const server = await startConfigured({ ...rest, trustedIssuers: issuers.map((trusted) => ({ ...trusted, jwks: { keys: [key] } })) })
        try {
          const sign = (await importBlock(source.replaceAll(ISSUER, server.issuer)))['assertionFor'] as typeof assertionFor
          const assertion = await sign('carol', await exportPKCS8(privateKey))
          const answer: unknown = JSON.parse(await place().shellOf(page).run(text.replaceAll(ISSUER, server.issuer), { SECRET, ASSERTION: assertion }))
          expect(answer).toMatchObject({ access_token: expect.any(String), scope: 'api' })
        } finally {
          await server.stop()
        }
      },
    },
  ]
}

const extensionGrant: Rule = {
  language: 'ts',
  how: 'takes a ticket once, in this process',
  run: ({ text }) => inFolder(async (folder) => {
    vi.stubEnv('LATCHKEY_ENCRYPTION_KEY', SECRET)
    vi.stubEnv('GATE_SECRET', SECRET)
    const { server } = (await importBlock(text.replace("'latchkey.db'", JSON.stringify(path.join(folder, 'latchkey.db'))))) as { server: { fetch(request: Request): Promise<Response> } }
    vi.unstubAllEnvs()
    const office = (request: Request) => (request.url === 'https://tickets.example/t-1' ? Promise.resolve(Response.json({ sub: 'dora', seat: '12A' })) : Promise.resolve(new Response(null, { status: 404 })))
    await answeredBy((request) => (request.url.startsWith(ISSUER) ? server.fetch(request) : office(request)), async () => {
      const bring = (ticket: string) => ask(`${ISSUER}/token`, 'gate', { grant_type: 'urn:example:ticket', ticket, scope: 'api' })
      expect(await bring('t-2')).toMatchObject({ error: 'invalid_grant' })
      expect(await bring('t-1')).toMatchObject({ access_token: expect.any(String), seat: '12A' })
      expect(await bring('t-1')).toMatchObject({ error: 'invalid_grant' })
    })
  }),
}
