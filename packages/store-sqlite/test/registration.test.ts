import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthorizationServer, type RunningServer } from '@latchkey/server'
import { sqliteStore } from '@latchkey/store-sqlite'
import { afterAll, describe, expect, it } from 'vitest'

const directory = mkdtempSync(join(tmpdir(), 'latchkey-registration-'))
const stores = [0, 1].map(() => sqliteStore(join(directory, 'latchkey.db')))
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()))
  rmSync(directory, { recursive: true })
})

const nodes = stores.map((store): RunningServer =>
  createAuthorizationServer({
    issuer: 'https://as.example',
    clients: [],
    store,
    users: { find: () => undefined },
    encryptionKey: 'an encryption key for the tests only',
    algorithms: ['ES256'],
    registration: { access: 'open', maxClients: 12, registrationsPerHour: 6 },
  }),
)

function post(node: RunningServer, token?: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
  return node.fetch(new Request('https://as.example/register', { method: 'POST', headers, body: JSON.stringify({ redirect_uris: ['https://new.example/cb'], token_endpoint_auth_method: 'none' }) }))
}

const accepted = async (answers: readonly Promise<Response>[]) => (await Promise.all(answers)).filter(({ status }) => status === 201)

describe('two nodes on one SQLite file', () => {
  it('G10 let in as many clients as there are places, invitations and openings in an hour', async () => {
    const token = (await nodes[0]?.registration.invite({ uses: 4 }))?.initial_access_token
    const invited = await accepted(nodes.flatMap((node) => Array.from({ length: 6 }, () => post(node, token))))
    expect(invited).toHaveLength(4)
    expect(await accepted(nodes.flatMap((node) => Array.from({ length: 6 }, () => post(node))))).toHaveLength(6)
    const more = (await nodes[0]?.registration.invite({ uses: 9 }))?.initial_access_token
    expect(await accepted(nodes.flatMap((node) => Array.from({ length: 6 }, () => post(node, more))))).toHaveLength(2)
  })
  it('REG-6 find, on the other node, what was registered on the one', async () => {
    const token = (await nodes[0]?.registration.invite({ uses: 1 }))?.initial_access_token
    expect((await post(nodes[0] as RunningServer, token)).status).toBe(429)
    const origin = await nodes[1]?.fetch(new Request('https://as.example/token', { method: 'OPTIONS', headers: { origin: 'https://new.example', 'access-control-request-method': 'POST' } }))
    expect(origin?.headers.get('access-control-allow-origin')).toBe('https://new.example')
  })
})
