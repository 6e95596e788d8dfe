import type { Store } from '@latchkey/server'
import { postgresStore } from '@latchkey/store-postgres'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Issuer } from '../packages/server/test/issuer.ts'
import { isAlive, type Tokens } from '../packages/server/test/tokens.ts'
import { type OwnPostgres, startOwnPostgres } from './running/postgres.ts'
import { type Proxy, startProxy } from './running/proxy.ts'
import { type Cluster, outcomeOf, refreshOf, REPEATABLE, SINGLE_USE, startCluster } from './running/redemptions.ts'

let postgres: OwnPostgres
let proxy: Proxy
let url: string
let cluster: Cluster | undefined
beforeAll(async () => {
  postgres = await startOwnPostgres()
  proxy = await startProxy(postgres.port)
})
afterAll(async () => {
  await proxy.stop()
  await postgres.end()
})
beforeEach(async () => {
  url = await postgres.createDatabase()
})
afterEach(async () => {
  proxy.passing('all')
  await cluster?.close()
  cluster = undefined
})

/** The store, patient enough for a busy machine unless told. */
const opened = ({ port = postgres.port, patience = 15_000 } = {}) => postgresStore({ url: Object.assign(new URL(url), { port }).href, patience })
const pause = () => new Promise((resolve) => setTimeout(resolve, 10))

async function started(...stores: readonly [Store, ...Store[]]): Promise<Cluster> {
  cluster = await startCluster(...stores)
  return cluster
}

async function say(statements: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statements)).rows
  } finally {
    await client.end()
  }
}

async function tokensFrom(issuer: Issuer): Promise<Tokens> {
  const answer = await outcomeOf(await issuer.fetch((await REPEATABLE.obtain(issuer))()))
  if (typeof answer === 'string') throw new Error(`the first refresh was answered ${answer}`)
  return answer
}

/** One client that refreshes again and again, at the servers in turn, and tries again when it is told to. */
interface Lane {
  /** What it has, as it was acknowledged. */
  tokens: Tokens
  /** How often it was answered, by what: the status, its error and when to retry. */
  readonly answers: Map<string, number>
  readonly ended: Promise<void>
}

function startLane({ nodes }: Cluster, first: Tokens, isOver: () => boolean): Lane {
  const answers = new Map<string, number>()
  const refreshing = async () => {
    for (let turn = 0; !isOver(); turn++) {
      const answer = await (nodes[turn % nodes.length] ?? nodes[0]).fetch(refreshOf(lane.tokens, REPEATABLE))
      const outcome = await outcomeOf(answer)
      const told = typeof outcome === 'string' ? `${outcome}, retry after ${answer.headers.get('retry-after')}` : '200'
      answers.set(told, (answers.get(told) ?? 0) + 1)
      if (typeof outcome !== 'string') lane.tokens = outcome
      else await pause()
    }
  }
  const lane: Lane = { tokens: first, answers, ended: Promise.resolve().then(refreshing) }
  return lane
}

const UNAVAILABLE = '503 temporarily_unavailable, retry after 2'

/** Crashes the database under load, starts it again, and tells what the clients were answered and whether what they hold is good. */
async function crashUnderLoad(servers: Cluster, crashing: () => void = () => undefined): Promise<{ readonly answers: readonly string[]; readonly alive: boolean }> {
  let isOver = false
  const firsts = await Promise.all(Array.from({ length: 8 }, () => tokensFrom(servers.nodes[0])))
  const lanes = firsts.map((first) => startLane(servers, first, () => isOver))
  const until = async (isSo: (lane: Lane) => boolean) => {
    while (!lanes.every((lane) => isSo(lane) || [...lane.answers.keys()].some((told) => told !== '200' && told !== UNAVAILABLE))) await pause()
  }
  await until(({ answers }) => (answers.get('200') ?? 0) > 5)
  crashing()
  await postgres.stop('immediate')
  await until(({ answers }) => (answers.get(UNAVAILABLE) ?? 0) > 5)
  await postgres.start()
  const served = new Map(lanes.map((lane) => [lane, lane.answers.get('200') ?? 0]))
  await until((lane) => (lane.answers.get('200') ?? 0) > (served.get(lane) ?? 0) + 5)
  isOver = true
  await Promise.all(lanes.map(({ ended }) => ended))
  const alive = await Promise.all(lanes.flatMap(({ tokens }) => servers.nodes.map((node) => isAlive(node, tokens.access_token))))
  return { answers: [...new Set(lanes.flatMap(({ answers }) => [...answers.keys()]))].sort(), alive: alive.every(Boolean) }
}

describe('S06 a database that crashes under load and comes back', () => {
  test('is answered for with 503 meanwhile; then all goes on without a restart, and nothing acknowledged is missing', async () => {
    const servers = await started(await opened(), await opened())
    for (let crash = 0; crash < 3; crash++) expect(await crashUnderLoad(servers)).toEqual({ answers: ['200', UNAVAILABLE], alive: true })
  }, 60_000)

  test('would be noticed: a store that acknowledges what it has not kept', async () => {
    const inner = await opened()
    let forgets = false
    const forgetful: Store = { ...inner, commit: (writes) => (forgets ? Promise.resolve('committed') : inner.commit(writes)) }
    const { answers } = await crashUnderLoad(await started(forgetful), () => (forgets = true))
    expect(answers).toContain('400 invalid_grant, retry after null')
  }, 60_000)
})

describe('S10 a database that does not answer', () => {
  test('is answered for with 503, and all goes on once it answers', async () => {
    const servers = await started(await opened({ port: proxy.port, patience: 500 }))
    const [issuer] = servers.nodes
    let tokens = await tokensFrom(issuer)
    proxy.passing('nothing')
    const answers = await Promise.all(Array.from({ length: 100 }, () => issuer.fetch(refreshOf(tokens, REPEATABLE))))
    expect(new Set(answers.map(({ status, headers }) => `${status} ${headers.get('retry-after')}`))).toEqual(new Set(['503 2']))
    expect((await issuer.fetch(new Request('https://as.example/.well-known/openid-configuration'))).status).toBe(200)
    expect((await issuer.fetch(new Request('https://as.example/jwks'))).status).toBe(200)
    proxy.passing('all')
    for (let answer: Tokens | string = ''; typeof answer === 'string'; tokens = typeof answer === 'string' ? tokens : answer) answer = await outcomeOf(await issuer.fetch(refreshOf(tokens, REPEATABLE)))
    expect(await isAlive(issuer, tokens.access_token)).toBe(true)
  })
})

describe('S04 a connection that is cut after a commit and before its answer', () => {
  test.each(Object.entries({ ...SINGLE_USE, 'a refresh token, with grace': REPEATABLE }))('%s: a retry gives no second grant, and no token that is not stored', async (_, redemption) => {
    const inner = await opened({ port: proxy.port })
    let cuts = false
    const cutting: Store = {
      ...inner,
      commit(writes) {
        if (cuts) proxy.passing('no answer to what comes next')
        cuts = false
        return inner.commit(writes)
      },
    }
    const [issuer] = (await started(cutting)).nodes
    const request = await redemption.obtain(issuer)
    const rows = async () => (await say('SELECT key, revision FROM latchkey.refresh_token'))
    const [before, cut] = [JSON.stringify(await rows()), proxy.cuts()]
    cuts = true
    expect(await outcomeOf(await issuer.fetch(request()))).toBe('503 temporarily_unavailable')
    // What was refused as uncertain had been done.
    const done = await rows()
    expect([proxy.cuts(), JSON.stringify(done) === before]).toEqual([cut + 1, false])
    const again = await outcomeOf(await issuer.fetch(request()))
    expect(await rows()).toEqual(done)
    const became = typeof again === 'string' ? again : (await isAlive(issuer, again.access_token)) ? 'the same successor' : 'dead tokens'
    expect(became).toBe(redemption === REPEATABLE ? 'the same successor' : '400 invalid_grant')
  })
})

describe('S11 a database that aborts transactions for the sake of others', () => {
  const ABORTS = `CREATE SEQUENCE latchkey.aborts; CREATE FUNCTION latchkey.abort_some() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF hashint8(txid_current()) % 10 IN (0, 3, -6) THEN PERFORM nextval('latchkey.aborts'); RAISE EXCEPTION USING ERRCODE = CASE WHEN txid_current() % 2 = 0 THEN '40001' ELSE '40P01' END; END IF; RETURN NULL; END $$;
    DO $$ DECLARE kind text; BEGIN FOR kind IN SELECT tablename FROM pg_tables WHERE schemaname = 'latchkey' AND tablename <> 'format' LOOP
      EXECUTE format('CREATE TRIGGER abort_some AFTER INSERT OR UPDATE ON latchkey.%I FOR EACH STATEMENT EXECUTE FUNCTION latchkey.abort_some()', kind); END LOOP; END $$`

  test('never shows: every redemption succeeds, once', async () => {
    const servers = await started(await opened(), await opened())
    await say(ABORTS)
    for (let round = 0; round < 15; round++) {
      for (const redemption of Object.values(SINGLE_USE)) {
        const request = await redemption.obtain(servers.nodes[round % 2] ?? servers.nodes[0])
        const outcomes = await Promise.all(Array.from({ length: 6 }, async (_, caller) => outcomeOf(await (servers.nodes[caller % 2] ?? servers.nodes[0]).fetch(request()))))
        const refusals = outcomes.filter((outcome) => typeof outcome === 'string')
        expect(refusals).toEqual(Array.from({ length: 5 }, () => '400 invalid_grant'))
      }
    }
    const [{ last_value: aborts } = {}] = await say('SELECT last_value::integer FROM latchkey.aborts')
    expect(aborts).toBeGreaterThan(30)
  })
})
