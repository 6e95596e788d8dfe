import fc, { type Scheduler } from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  accessTokenOf,
  type Attempt,
  type AuthorizationCode,
  authorizationCode,
  catalogueOf,
  type Client,
  type ClientMetadata,
  consentKey,
  digest,
  find,
  formOf,
  insert,
  type Interaction,
  isRefusal,
  type Issue,
  type Issuer,
  parseClient,
  type RedirectUri,
  refreshToken,
  refreshTokenSeal,
  type Refusal,
  resume,
  revoke,
  STANDARD_SCOPES,
  userinfo,
  type Write,
} from '@latchkey/core'
import { memoryStore } from '../src/testing/index.ts'
import type { AuthorizationServer } from '../src/authorization-server.ts'
import type { Minted } from '../src/mint.ts'
import type { Store } from '../src/ports/store.ts'
import { settle } from '../src/settle.ts'

const NOW = 1_900_000_000
const ISSUER = 'https://as.example' as Issuer
const VERIFIER = 'v'.repeat(43)
const FAMILY = 'f'.repeat(43)
const BROWSER = digest('browser')
const SESSION = digest('session')
const catalogue = catalogueOf({ issuer: ISSUER, scopes: [], resources: [], accessTokenAlgorithm: 'ES256' })

function clientOf(policy: ClientMetadata['policy'] = {}): Client {
  const metadata: ClientMetadata = { client_id: 'spa', token_endpoint_auth_method: 'none', redirect_uris: ['https://spa.example/cb'], grant_types: ['authorization_code', 'refresh_token'], scope: 'openid offline_access', policy }
  const client = parseClient(metadata, { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], scopes: new Set(STANDARD_SCOPES), algorithms: ['ES256'] })
  if (!('client_id' in client)) throw new Error(JSON.stringify(client))
  return client
}
const grace = clientOf()
const strict = clientOf({ refreshTokenReplayWindow: 0 })

const seal = (text: string): string => digest(`sealed ${text}`)
const refreshTokenOf = (generation: number): string => `${FAMILY}.${generation}.${seal(refreshTokenSeal(FAMILY, generation))}`

/** What is stored before the race begins. */
const authentication = { sub: 'alice', sid: 'sid', auth_time: NOW - 10, amr: ['pwd'] }
const scope = ['openid', 'offline_access']
const granted = { ...authentication, client_id: 'spa', scope, resource: [], createdAt: NOW, expiresAt: NOW + 10_000 }
const code: AuthorizationCode = { client_id: 'spa', authorization: 'auth', sub: 'alice', redirect_uri: 'https://spa.example/cb' as RedirectUri, code_challenge: digest(VERIFIER), expiresAt: NOW + 60 }
const family = { client_id: 'spa', authorization: 'auth', sub: 'alice', scope, resource: [], generation: 1, startedAt: NOW, expiresAt: NOW + 1_000 }
const interaction: Interaction = {
  request: { client_id: 'spa', response_type: 'code', returnTo: { issuer: ISSUER, redirect_uri: code.redirect_uri, response_mode: 'query' }, scope, resource: [], prompt: [] },
  browser: BROWSER,
  createdAt: NOW,
  expiresAt: NOW + 1_000,
}
const BEFORE: readonly Write[] = [
  insert('authorization', 'auth', granted),
  insert('consent', consentKey('spa', 'alice'), { client_id: 'spa', sub: 'alice', scope, grantedAt: NOW }),
  insert('authorization_code', digest('code'), code),
  insert('refresh_token', digest(FAMILY), family),
  insert('session', SESSION, { ...authentication, createdAt: NOW, expiresAt: NOW + 1_000 }),
  insert('interaction', digest('handle'), interaction),
]

/** A store with the guard removed: whoever commits, wins. */
function carelessStore(): Store {
  const store = memoryStore()
  const unguarded = async (write: Write): Promise<readonly Write[]> => {
    const { row } = await store.gather({ row: find(write.kind, write.key) })
    if (write.write === 'insert') return row === undefined ? [write] : []
    return row === undefined ? [] : [{ ...write, revision: row.revision }]
  }
  return {
    ...store,
    async commit(writes) {
      for (const write of writes) await store.commit(await unguarded(write))
      return 'committed'
    },
  }
}

/** A store that acknowledges changes it does not keep. */
function forgetfulStore(): Store {
  const store = memoryStore()
  return { ...store, commit: (writes) => store.commit(writes.filter(({ write }) => write === 'insert')) }
}

/** The store, whose calls happen and answer in whatever order the scheduler thinks of. */
function scheduled(store: Store, scheduler: Scheduler): Store {
  return {
    ...store,
    async gather(needs) {
      await scheduler.schedule(Promise.resolve(), 'gather')
      const known = await store.gather(needs)
      await scheduler.schedule(Promise.resolve(), 'gathered')
      return known
    },
    async commit(writes) {
      await scheduler.schedule(Promise.resolve(), 'commit')
      return store.commit(writes)
    },
  }
}

function serverOn(store: Store): AuthorizationServer {
  let drawn = 0
  const random = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length)
    new DataView(bytes.buffer).setUint32(0, ++drawn)
    return bytes
  }
  const keys = { algorithms: ['ES256'], sign: (_alg: string, typ: string, claims: object) => `${typ} ${JSON.stringify(claims)}`, seal }
  const users = { find: (sub: string) => ({ sub, active: true, claims: {} }) }
  return { catalogue, store, users, keys, clock: () => NOW, random } as Partial<Record<keyof AuthorizationServer, unknown>> as AuthorizationServer
}

type Answer = Minted | Refusal

interface Race {
  readonly answers: readonly Answer[]
  /** The same store once everything has settled, without the scheduler. */
  readonly after: AuthorizationServer
}

/** Runs callers against one store in an order of the scheduler's choice. */
async function race(scheduler: Scheduler, store: Store, before: readonly Write[], callers: readonly ((server: AuthorizationServer) => Promise<Answer | undefined>)[]): Promise<Race> {
  expect(await store.commit(before)).toBe('committed')
  const server = serverOn(scheduled(store, scheduler))
  const running = Promise.all(callers.map((call) => call(server)))
  const answers = (await scheduler.waitFor(running)).filter((answer) => answer !== undefined)
  return { answers, after: serverOn(store) }
}

function begun(attempt: Attempt<Issue> | Refusal): Attempt<Issue> {
  if (isRefusal(attempt)) throw new Error(attempt.key)
  return attempt
}

const form = (parameters: Readonly<Record<string, string>>) => formOf(new Map(Object.entries(parameters).map(([name, value]) => [name, [value]])))
const redeem = (client: Client) => (server: AuthorizationServer): Promise<Answer> => settle(begun(authorizationCode.begin(form({ code: 'code', redirect_uri: code.redirect_uri, code_verifier: VERIFIER }), client, catalogue)), server)
const refresh = (client: Client, generation: number) => (server: AuthorizationServer): Promise<Answer> => settle(begun(refreshToken.begin(form({ refresh_token: refreshTokenOf(generation) }), client, catalogue)), server)
const allow = async (server: AuthorizationServer): Promise<Answer> => {
  const settled = await settle(resume({ secret: 'handle', key: digest('handle') }, { client: grace, catalogue }, { browser: BROWSER, session: SESSION }, 'allow'), server)
  if (settled.kind === 'ask') throw new Error(settled.question)
  return settled as Answer
}
/** Ends the authorization as a revocation endpoint would, trying again when somebody else was faster. */
const revokeAll = async ({ store }: AuthorizationServer): Promise<undefined> => {
  const { authorization } = await store.gather({ authorization: find('authorization', 'auth') })
  return (await store.commit(revoke(authorization, NOW))) === 'committed' ? undefined : revokeAll({ store } as AuthorizationServer)
}

const winners = (answers: readonly Answer[]): readonly Minted[] => answers.filter((answer): answer is Minted => answer.kind === 'minted')
const losers = (answers: readonly Answer[]): readonly string[] => answers.flatMap((answer) => (answer.kind === 'refusal' ? [answer.key] : []))
const times = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value)
const callers = fc.integer({ min: 2, max: 6 })

async function aliveAfter(server: AuthorizationServer): Promise<readonly string[]> {
  const answers = await Promise.all([1, 2, 3, 4].map(async (generation) => ((await refresh(grace, generation)(server)).kind === 'minted' ? `R${generation}` : undefined)))
  const { authorization } = await server.store.gather({ authorization: find('authorization', 'auth') })
  const told = await settle(userinfo(accessTokenOf({ sub: 'alice', client_id: 'spa', scope: 'openid', aud: ISSUER, exp: NOW + 60, jti: 'auth.x' }), ISSUER), server)
  return [...answers.filter((answer) => answer !== undefined), ...(authorization?.revokedAt === undefined ? ['authorization'] : []), ...(told.kind === 'told' ? ['access token'] : [])]
}

const SINGLE_USE: Readonly<Record<string, (makeStore: () => Store) => fc.IAsyncProperty<unknown>>> = {
  'T10 one code has one winner, whose tokens live': (makeStore) =>
    fc.asyncProperty(fc.scheduler(), callers, async (scheduler, count) => {
      const { answers, after } = await race(scheduler, makeStore(), BEFORE, times(count, redeem(grace)))
      expect(winners(answers)).toHaveLength(1)
      expect(losers(answers)).toEqual(times(count - 1, 'code_already_redeemed'))
      const next = winners(answers)[0]?.refresh_token ?? ''
      const used = await settle(begun(refreshToken.begin(form({ refresh_token: next }), grace, catalogue)), after)
      expect(used.kind).toBe('minted')
    }),
  'F02 strict: one refresh token has one winner, whose successor lives': (makeStore) =>
    fc.asyncProperty(fc.scheduler(), callers, async (scheduler, count) => {
      const { answers, after } = await race(scheduler, makeStore(), BEFORE, times(count, refresh(strict, 1)))
      expect(winners(answers).map(({ refresh_token }) => refresh_token)).toEqual([refreshTokenOf(2)])
      expect(losers(answers)).toEqual(times(count - 1, 'refresh_token_superseded'))
      expect((await refresh(strict, 2)(after)).kind).toBe('minted')
    }),
  'A25 one interaction has one authorization, and one code however often it is allowed': (makeStore) =>
    fc.asyncProperty(fc.scheduler(), callers, async (scheduler, count) => {
      const { answers, after } = await race(scheduler, makeStore(), BEFORE, times(count, allow))
      expect(new Set(answers.map((answer) => (answer.kind === 'minted' ? answer.code : answer.key))).size).toBe(1)
      expect(winners(answers)).toHaveLength(count)
      const { all } = await after.store.gather({ all: { need: 'among', kind: 'authorization', member: 'sub', value: 'alice' } as const })
      expect(all).toHaveLength(2)
    }),
}

const LASTING: Readonly<Record<string, (makeStore: () => Store) => fc.IAsyncProperty<unknown>>> = {
  'F03 grace: every caller gets the same successor, and there is one': (makeStore) =>
    fc.asyncProperty(fc.scheduler(), callers, async (scheduler, count) => {
      const { answers, after } = await race(scheduler, makeStore(), BEFORE, times(count, refresh(grace, 1)))
      expect(winners(answers).map(({ refresh_token }) => refresh_token)).toEqual(times(count, refreshTokenOf(2)))
      const { row } = await after.store.gather({ row: find('refresh_token', digest(FAMILY)) })
      expect(row?.generation).toBe(2)
    }),
  'F04 after a replay nothing of the family lives, whoever else was at it': (makeStore) =>
    fc.asyncProperty(fc.scheduler(), callers, fc.boolean(), async (scheduler, count, isStrict) => {
      const client = isStrict ? strict : grace
      const before = BEFORE.map((write) => (write.kind === 'refresh_token' ? insert('refresh_token', write.key, { ...family, generation: 3, rotatedAt: NOW }) : write))
      const { answers, after } = await race(scheduler, makeStore(), before, [...times(count, refresh(client, 1)), refresh(client, 3)])
      expect(losers(answers)).toContain('refresh_token_replayed')
      expect(await aliveAfter(after)).toEqual([])
    }),
  'F14 after a revocation nothing lives, whichever of it and the refreshes was first': (makeStore) =>
    fc.asyncProperty(fc.scheduler(), callers, async (scheduler, count) => {
      const { after } = await race(scheduler, makeStore(), BEFORE, [...times(count, refresh(grace, 1)), redeem(grace), revokeAll])
      expect(await aliveAfter(after)).toEqual([])
    }),
}

describe('under every interleaving', () => {
  it.each([...Object.entries(SINGLE_USE), ...Object.entries(LASTING)])('%s', (_, law) => fc.assert(law(memoryStore), { numRuns: 150 }))
})

describe('a store that never says conflict breaks it', () => {
  it.each(Object.entries(SINGLE_USE))('%s', async (_, law) => {
    expect((await fc.check(law(carelessStore), { numRuns: 300, seed: 1 })).failed).toBe(true)
  })
})

describe('a store that forgets what it acknowledged breaks it', () => {
  it.each(Object.entries(LASTING))('%s', async (_, law) => {
    expect((await fc.check(law(forgetfulStore), { numRuns: 300, seed: 1 })).failed).toBe(true)
  })
})
