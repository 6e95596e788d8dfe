import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '@latchkey/core'
import { type Keys, type ListedKey, listKeys, type Store, storedKeys, type StoredKeys, VaultError } from '@latchkey/server'
import { memoryStore } from '@latchkey/server/testing'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { asking, authorizeUrl, browserFor, returned } from './browser.ts'
import { conflictBlind } from './conflict-blind.ts'
import { ENCRYPTION_KEY, ISSUER, refused, testIssuer } from './issuer.ts'
import { kidOf, keepingVerifier, nodesOn, type Nodes, SHORT } from './key-nodes.ts'
import { isAlive, signedIn, userinfoRequest } from './tokens.ts'

const LIFETIME = 3_600
const signed = (keys: StoredKeys, now: number) => keys.sign('ES256', 'at+jwt', { iat: now, exp: now + LIFETIME })
const states = (keys: readonly ListedKey[]) => keys.map(({ state }) => state)
const [one, other] = [0, 1] as const
function at(nodes: readonly StoredKeys[], place: number): StoredKeys {
  const node = nodes[place]
  if (node === undefined) throw new Error(`no node ${place}`)
  return node
}

/** Moves the clock through so many rotations, and counts the tokens of the last hour that a node or a verifier does not accept. */
async function failuresIn(world: Nodes, rotations: number, keptFor: number): Promise<{ own: number; verifiers: number; divergent: number; kids: number }> {
  const { nodes, now, pass } = world
  const verifier = keepingVerifier(world, keptFor)
  const issued: string[] = []
  const kids = new Set<string>()
  const failed = { own: 0, verifiers: 0, divergent: 0 }
  for (let step = 0; kids.size < rotations + 1; step++) {
    pass(30)
    const jwt = await signed(at(nodes, step % 2), now())
    kids.add(kidOf(jwt))
    issued.push(jwt)
    // The oldest token that is still good, and the newest.
    for (const text of [issued.at(-LIFETIME / 30) ?? jwt, jwt]) {
      if ((await at(nodes, (step + 1) % 2).verify(text, 'at+jwt')) === undefined) failed.own++
      if (!(await verifier.accepts(text))) failed.verifiers++
    }
    const [mine, theirs] = await Promise.all(nodes.map(async (node) => JSON.stringify(await node.published())))
    if (mine !== theirs) failed.divergent++
  }
  return { ...failed, kids: kids.size }
}

describe('W03 keys that rotate every three minutes, on two servers', () => {
  it('100 rotations: no token fails, and both publish the same', async () => {
    const world = await nodesOn(2)
    expect(at(world.nodes, one).publishedFor).toBe(60)
    expect(await failuresIn(world, 100, 60)).toEqual({ own: 0, verifiers: 0, divergent: 0, kids: 101 })
    expect(states(await listKeys(world.store, world.now)).filter((state) => state !== 'retired')).toEqual(['signing'])
  }, 60_000)
  it('would be noticed: a verifier that keeps keys for longer than they are announced', async () => {
    expect((await failuresIn(await nodesOn(2), 10, 300)).verifiers).toBeGreaterThan(0)
  })
  it('would be noticed: keys that end before the tokens that they signed', async () => {
    const { own, verifiers } = await failuresIn(await nodesOn(2, { rotation: { ...SHORT, retireAfter: 600 } }), 30, 60)
    expect(Math.min(own, verifiers)).toBeGreaterThan(0)
  })
})

describe('W04 servers that rotate together', () => {
  async function rotatedTogether(store: Store, times: number): Promise<{ steps: number; failures: number; divergent: number }> {
    const { nodes, now, pass } = await nodesOn(2, { store })
    const outcome = { steps: 0, failures: 0, divergent: 0 }
    for (let time = 1; time <= times; time++) {
      pass(1)
      const before = kidOf(await signed(at(nodes, one), now()))
      const tokens = await Promise.all(
        nodes.map(async (node) => {
          await node.rotation.rotate('ES256', { now: true })
          return signed(node, now())
        }),
      )
      const kids = new Set(tokens.map(kidOf))
      if (kids.size === 1 && !kids.has(before)) outcome.steps++
      for (const node of nodes) for (const jwt of tokens) if ((await node.verify(jwt, 'at+jwt')) === undefined) outcome.failures++
      const [mine, theirs] = await Promise.all(nodes.map(async (node) => JSON.stringify(await node.published())))
      if (mine !== theirs) outcome.divergent++
    }
    return outcome
  }
  it('200 times: each time both sign with the same new key', async () => {
    expect(await rotatedTogether(memoryStore(), 200)).toEqual({ steps: 200, failures: 0, divergent: 0 })
  }, 60_000)
  it('would be noticed: a store that tells of no conflict', async () => {
    expect(await rotatedTogether(conflictBlind(), 20)).not.toEqual({ steps: 20, failures: 0, divergent: 0 })
  })
  it('eight that start together have one key', async () => {
    const { nodes, now } = await nodesOn(8)
    expect(new Set(await Promise.all(nodes.map(async (node) => kidOf(await signed(node, now()))))).size).toBe(1)
  })
})

describe('KEYS-4 what one server does, the others learn', () => {
  it('a token of a key that is new here is looked for in the store, and accepted', async () => {
    const { nodes, now } = await nodesOn(2)
    await at(nodes, one).rotation.rotate('ES256', { now: true })
    expect(await at(nodes, other).verify(await signed(at(nodes, one), now()), 'at+jwt')).toMatchObject({ iat: now() })
  })
  it('within a minute each signs with the key that took over', async () => {
    const { nodes, now, pass } = await nodesOn(2)
    await at(nodes, one).rotation.rotate('ES256', { now: true })
    const kid = kidOf(await signed(at(nodes, one), now()))
    pass(60)
    await signed(at(nodes, other), now())
    await expect.poll(async () => kidOf(await signed(at(nodes, other), now())), { timeout: 20_000 }).toBe(kid)
  })
  it('within a minute none accepts what a stolen key signed', async () => {
    const { nodes, now, pass } = await nodesOn(2)
    const jwt = await signed(at(nodes, one), now())
    await at(nodes, one).rotation.retire(kidOf(jwt), { compromised: true })
    expect(await at(nodes, one).verify(jwt, 'at+jwt')).toBeUndefined()
    pass(60)
    expect(await at(nodes, other).verify(jwt, 'at+jwt')).toBeUndefined()
  })
  it('a server that starts later reads the same keys', async () => {
    const { nodes, now, join } = await nodesOn(1)
    await at(nodes, one).rotation.rotate()
    const late = await join()
    expect(await late.published()).toEqual(await at(nodes, one).published())
    expect(await late.verify(await signed(at(nodes, one), now()), 'at+jwt')).toBeDefined()
  })
})

describe('signing and verifying', () => {
  function counting(inner: Store): { store: Store; count(): number; away(isAway: boolean): void } {
    let [count, isAway] = [0, false]
    const gather: Store['gather'] = (needs) => {
      count++
      return isAway ? Promise.reject(new Error('ECONNREFUSED')) : inner.gather(needs)
    }
    return { store: { ...inner, gather }, count: () => count, away: (now) => void (isAway = now) }
  }
  it('ask the store nothing', async () => {
    const { store, count } = counting(memoryStore())
    const { nodes, now } = await nodesOn(1, { store })
    const before = count()
    for (let n = 0; n < 100; n++) expect(await at(nodes, one).verify(await signed(at(nodes, one), now()), 'at+jwt')).toBeDefined()
    expect(count()).toBe(before)
  })
  it('names that were made up are looked for five times a second, and those that can be no name never', async () => {
    const { store, count } = counting(memoryStore())
    const { nodes, now, pass } = await nodesOn(1, { store })
    const stranger = (await nodesOn(1)).nodes
    const foreign = await signed(at(stranger, one), now())
    const [, claims, signature] = foreign.split('.')
    const short = `${btoa('{"alg":"ES256","typ":"at+jwt","kid":"x"}').replaceAll('=', '')}.${claims}.${signature}`
    const looks = async (jwt: string) => {
      const before = count()
      for (let n = 0; n < 20; n++) expect(await at(nodes, one).verify(jwt, 'at+jwt')).toBeUndefined()
      return count() - before
    }
    expect([await looks(short), await looks(foreign)]).toEqual([0, 5])
    pass(1)
    expect(await looks(foreign)).toBe(5)
  })
  it('S go on while the store is away, and so does what is published', async () => {
    const { store, away } = counting(memoryStore())
    const { nodes, now, pass } = await nodesOn(1, { store })
    const published = await at(nodes, one).published()
    away(true)
    pass(61)
    const jwt = await signed(at(nodes, one), now())
    expect([await at(nodes, one).published(), await at(nodes, one).verify(jwt, 'at+jwt')]).toEqual([published, { iat: now(), exp: now() + LIFETIME }])
    await expect(at(nodes, one).rotation.refresh()).rejects.toThrow('ECONNREFUSED')
  })
  it.each(SIGNING_ALGORITHMS)('KEYS-1 KEYS-2 %s: verifiers can use what is published', async (alg: SigningAlgorithm) => {
    const keys = await storedKeys(memoryStore(), { encryptionKey: ENCRYPTION_KEY, algorithms: [alg] })
    const published = await keys.published()
    const jwt = await keys.sign(alg, 'JWT', { sub: 'alice' })
    expect((await jwtVerify(jwt, createLocalJWKSet({ keys: published } as unknown as JSONWebKeySet), { algorithms: [alg] })).payload).toEqual({ sub: 'alice' })
    expect(await keys.verify(jwt, 'JWT')).toEqual({ sub: 'alice' })
    expect(published).toEqual([expect.objectContaining({ kid: kidOf(jwt), alg, use: 'sig' })])
    expect(published.flatMap(Object.keys).filter((name) => ['d', 'p', 'q', 'k'].includes(name))).toEqual([])
  })
})

describe('keys in the store', () => {
  it('W05 that were given another algorithm or another name are not used', async () => {
    const inner = memoryStore()
    await storedKeys(inner, { encryptionKey: ENCRYPTION_KEY, algorithms: ['RS256'] })
    for (const changes of [{ alg: 'PS256' }, { kid: 'A'.repeat(43) }]) {
      const changed = (_: string, value: unknown): unknown => (typeof value === 'object' && value !== null && 'use' in value && value.use === 'sig' ? { ...value, ...changes } : value)
      const store: Store = { ...inner, gather: async (needs) => JSON.parse(JSON.stringify(await inner.gather(needs)), changed) as Awaited<ReturnType<typeof inner.gather<typeof needs>>> }
      await expect(storedKeys(store, { encryptionKey: ENCRYPTION_KEY, algorithms: ['RS256'] })).rejects.toThrow(VaultError)
    }
  })
  it('W02 say nothing of a private key', async () => {
    const issuer = testIssuer({ algorithms: ['RS256'] })
    await issuer.ready()
    const [row] = Object.entries(Object.fromEntries(JSON.parse(issuer.stored()) as [string, object][])).filter(([key]) => key.startsWith('key sig/'))
    expect(Object.keys(row?.[1] ?? {}).sort()).toEqual(['alg', 'createdAt', 'kid', 'sealed', 'signsAt', 'use'])
  })
  it('of an algorithm that is not configured any more still verify', async () => {
    const store = memoryStore()
    const both = await storedKeys(store, { encryptionKey: ENCRYPTION_KEY, algorithms: ['ES256', 'EdDSA'] })
    const jwt = await both.sign('EdDSA', 'JWT', {})
    const less = await storedKeys(store, { encryptionKey: ENCRYPTION_KEY, algorithms: ['ES256'] })
    expect([await less.verify(jwt, 'JWT'), (await less.published()).map(({ alg }) => alg)]).toEqual([{}, ['ES256', 'EdDSA']])
    expect(() => less.sign('PS256', 'JWT', {})).toThrow('no key for PS256')
  })
})

describe('server.keys', () => {
  const START_KIDS = ['ES256', 'RS256']
  const jwks = async (issuer: ReturnType<typeof testIssuer>) => {
    const answer = await issuer.fetch(new Request(`${ISSUER}/jwks`))
    return { kids: ((await answer.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid), kept: answer.headers.get('cache-control') }
  }
  it('W03 KEYS-4 a new key is published before it signs, and the old one until what it signed has expired', async () => {
    const issuer = testIssuer({ rotation: SHORT })
    const first = await signedIn(issuer)
    const listed = await issuer.keys.rotate('ES256')
    expect(listed.map(({ alg, state }) => `${alg} ${state}`)).toEqual(['ES256 signing', 'ES256 announced', 'RS256 signing'])
    const kid = listed[1]?.kid ?? ''
    expect(await jwks(issuer)).toEqual({ kids: listed.map((key) => key.kid), kept: 'public, max-age=60' })
    expect(kidOf((await signedIn(issuer)).access_token)).toBe(kidOf(first.access_token))
    issuer.pass(120)
    expect(kidOf((await signedIn(issuer)).access_token)).toBe(kid)
    expect(await isAlive(issuer, first.access_token)).toBe(true)
    issuer.pass(3_659)
    expect((await jwks(issuer)).kids).toContain(kidOf(first.access_token))
    issuer.pass(1)
    expect((await jwks(issuer)).kids).not.toContain(kidOf(first.access_token))
  })
  it('AUTHZ-7 an id_token_hint of a retired key is understood, and one of a deleted key is not', async () => {
    const issuer = testIssuer()
    const alice = browserFor(issuer)
    const { id_token } = await signedIn(issuer, {}, alice)
    const silent = () => alice.send(authorizeUrl(asking({ prompt: 'none', id_token_hint: id_token })))
    await issuer.keys.retire(kidOf(id_token))
    expect(returned(await silent()).code).toBeDefined()
    await issuer.keys.retire(kidOf(id_token), { compromised: true })
    expect(returned(await refused(issuer, 'id_token_hint_not_ours', silent)).error).toBe('invalid_request')
  })
  it('U02 an access token of a key that was stolen is refused at once', async () => {
    const issuer = testIssuer()
    const { access_token } = await signedIn(issuer)
    await issuer.keys.retire(kidOf(access_token), { compromised: true })
    const answer = await refused(issuer, 'access_token_unknown', () => issuer.fetch(userinfoRequest(access_token)))
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('error="invalid_token"')])
    const after = await signedIn(issuer)
    expect((await jwks(issuer)).kids).toContain(kidOf(after.access_token))
  })
  it('lists, rotates all algorithms, and knows no others', async () => {
    const issuer = testIssuer()
    expect((await issuer.keys.list()).map(({ alg }) => alg)).toEqual(START_KIDS)
    expect(states(await issuer.keys.rotate(undefined, { now: true }))).toEqual(['retired', 'signing', 'retired', 'signing'])
    await expect(issuer.keys.rotate('PS256')).rejects.toThrow('PS256 is none of ES256, RS256')
    await expect(issuer.keys.retire('nosuch')).rejects.toThrow('there is no key nosuch')
  })
  it('leaves keys alone that are kept elsewhere', async () => {
    const { rotation: _, ...elsewhere } = await storedKeys(memoryStore(), { encryptionKey: ENCRYPTION_KEY })
    const issuer = testIssuer({ keys: elsewhere satisfies Keys })
    for (const act of [() => issuer.keys.list(), () => issuer.keys.rotate(), () => issuer.keys.retire('k'), () => issuer.keys.refresh()]) await expect(act()).rejects.toThrow(TypeError)
    await signedIn(issuer)
  })
})
