import type { RecordNeeds, Write } from '@latchkey/core'
import { type KnownRecords, type Store } from '@latchkey/server'
import { memoryStore } from '@latchkey/server/testing'
import { describe, expect, it } from 'vitest'
import { asking, authorizeUrl, browserFor, codeOf } from './browser.ts'
import { type Issuer } from './issuer.ts'
import { call, LEAST, post, PUBLIC, registered, registering } from './registrant.ts'
import { redeeming, tokenRequest, tokensOf } from './tokens.ts'

/** A store that counts how often somebody reads clients, and lets others go first. */
function slow(inner: Store = memoryStore()): Store & { reads: number; isAway: boolean } {
  const store = {
    ...inner,
    reads: 0,
    isAway: false,
    async gather<N extends RecordNeeds>(needs: N): Promise<KnownRecords<N>> {
      if (Object.values(needs).some(({ kind }) => kind === 'client')) store.reads++
      if (store.isAway) throw new Error('away')
      const known = await inner.gather(needs)
      await new Promise((resolve) => setImmediate(resolve))
      return known
    },
    commit: (writes: readonly Write[]) => inner.commit(writes),
  }
  return store
}

const openable = (issuer: Issuer, client_id: string): Promise<number> => issuer.send(new Request(authorizeUrl(asking({ client_id, redirect_uri: 'https://new.example/cb' })))).then(({ status }) => status)

describe('many at once', () => {
  it('G10 take no more places than there are, on two nodes', async () => {
    const store = slow()
    const nodes = [registering({ maxClients: 5 }, { store }), registering({ maxClients: 5 }, { store })]
    const answers = await Promise.all(nodes.flatMap((node) => Array.from({ length: 10 }, () => post(node, LEAST))))
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(5).fill(201), ...Array<number>(15).fill(429)])
  })
  it('G10 use an initial access token no more often than it is good for, on two nodes', async () => {
    const store = slow()
    const nodes = [registering({ access: 'initial access token' }, { store }), registering({ access: 'initial access token' }, { store })]
    const { initial_access_token } = (await nodes[0]?.registration.invite({ uses: 3 })) ?? { initial_access_token: '' }
    const answers = await Promise.all(nodes.flatMap((node) => Array.from({ length: 8 }, () => post(node, LEAST, initial_access_token))))
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(3).fill(201), ...Array<number>(13).fill(429)])
  })
  it('use a client for the first time, and it is counted once', async () => {
    const issuer = registering({ maxClients: 3, unusedLifetime: 100 }, { store: slow() })
    const { client_id } = await registered(issuer, PUBLIC)
    const codes: string[] = []
    for (let at = 0; at < 5; at++) codes.push(await codeOf(browserFor(issuer), asking({ client_id, redirect_uri: 'https://new.example/cb' })))
    await Promise.all(codes.map(async (code) => tokensOf(await issuer.fetch(tokenRequest(redeeming(code, { client_id, redirect_uri: 'https://new.example/cb' }))))))
    expect(issuer.stored()).toContain('"used":1,"unused":[]')
    await registered(issuer, LEAST)
    await registered(issuer, LEAST)
    expect((await post(issuer, LEAST)).status).toBe(429)
  })
  it('delete a client, and one of them does', async () => {
    const issuer = registering({}, { store: slow() })
    const { registration_client_uri, registration_access_token } = await registered(issuer)
    const answers = await Promise.all(Array.from({ length: 5 }, () => call(issuer, 'DELETE', registration_client_uri, registration_access_token)))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401, 401, 401, 401])
    expect(issuer.stored()).toContain('"used":0,"unused":[]')
  })
})

describe('a registered client on another node', () => {
  it('is read once a second, and seen to be gone within a second', async () => {
    const store = slow()
    const [one, two] = [registering({}, { store }), registering({}, { store })]
    const client = await registered(one, PUBLIC)
    expect(await openable(two, client.client_id)).toBe(303)
    store.reads = 0
    await Promise.all(Array.from({ length: 5 }, () => openable(two, client.client_id)))
    expect(store.reads).toBe(0)
    await call(one, 'DELETE', client.registration_client_uri, client.registration_access_token)
    expect(await openable(one, client.client_id)).toBe(400)
    two.pass(1)
    expect(await openable(two, client.client_id)).toBe(400)
  })
  it('costs one read when there is none, none when the name can not be one, and is found as soon as it is there', async () => {
    const store = slow()
    const [one, two] = [registering({}, { store }), registering({}, { store })]
    store.reads = 0
    expect([await openable(two, 'x'.repeat(27)), store.reads]).toEqual([400, 1])
    expect([await openable(two, 'x'.repeat(28)), await openable(two, 'spa'), store.reads]).toEqual([400, 400, 1])
    const { client_id } = await registered(one, PUBLIC)
    expect(await openable(two, client_id)).toBe(303)
  })
  it('is asked for again after the store was away', async () => {
    const store = slow()
    const issuer = registering({}, { store })
    const { client_id } = await registered(issuer, PUBLIC)
    store.isAway = true
    expect(await openable(issuer, client_id)).toBe(503)
    store.isAway = false
    expect(await openable(issuer, client_id)).toBe(303)
  })
})
