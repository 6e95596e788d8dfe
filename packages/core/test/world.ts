import { expect } from 'vitest'
import {
  type Account,
  type Attempt,
  catalogueOf,
  type Client,
  type ClientMetadata,
  digest,
  type Form,
  formOf,
  isRefusal,
  type Issue,
  type Issuer,
  type Kind,
  type Moment,
  type Need,
  parseClient,
  parseForm,
  type Records,
  refreshTokenSeal,
  type Refusal,
  type RefusalKey,
  type ResponseType,
  type Row,
  SIGNING_ALGORITHMS,
  type Write,
} from '../src/index.ts'

/** The time of every decision that names no other. */
export const NOW = 1_900_000_000
export const ISSUER = 'https://as.example' as Issuer
export const CODE = 'c0de-c0de-c0de-c0de-c0de-c0de-c0de-c0de-c0d'
export const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
export const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
export const SECRET = 'a-secret-that-a-machine-made-and-nobody-can-guess'
export const FAMILY_SECRET = 'familysecretfamilysecretfamilysecretfamilys'

/** Texts that no refusal may tell the operator. */
const SECRETS = [CODE, VERIFIER, SECRET, FAMILY_SECRET]

export const catalogue = catalogueOf({
  issuer: ISSUER,
  scopes: [{ name: 'admin', description: 'Everything' }, { name: 'plain' }],
  resources: [
    { resource: 'https://rs1.example', scopes: ['read', 'write'], access_token_format: 'jwt' },
    { resource: 'https://rs2.example', scopes: ['ledger'], access_token_format: 'opaque' },
  ],
  accessTokenAlgorithm: 'ES256',
})

export const abilities = {
  grant_types: ['authorization_code', 'client_credentials', 'refresh_token'],
  response_types: ['code'] as readonly ResponseType[],
  scopes: new Set(catalogue.scopes.keys()),
  algorithms: SIGNING_ALGORITHMS.filter((alg) => alg === 'ES256' || alg === 'RS256'),
}

/** The client of some metadata that has nothing wrong with it. */
export function clientOf(metadata: ClientMetadata): Client {
  const client = parseClient(metadata, abilities)
  if (!('client_id' in client)) throw new Error(JSON.stringify(client))
  return client
}

export const spa = clientOf({
  client_id: 'C-spa',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['https://spa.example/cb'],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid profile offline_access read write',
})
export const web = clientOf({
  client_id: 'C-web',
  client_secret: SECRET,
  redirect_uris: ['https://rp.example/cb'],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid profile offline_access read write ledger',
})
export const native = clientOf({
  client_id: 'C-native',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['http://127.0.0.1/cb', 'com.example.app:/cb'],
  scope: 'openid',
})
export const machine = clientOf({ client_id: 'C-m2m', client_secret: SECRET, grant_types: ['client_credentials'], scope: 'read ledger plain' })
export const evil = clientOf({ client_id: 'C-evil', token_endpoint_auth_method: 'none', redirect_uris: ['https://evil.example/cb'], grant_types: ['authorization_code', 'refresh_token'], scope: 'openid offline_access' })

export const alice: Account = { sub: 'alice', active: true, claims: { name: 'Alice', email: 'alice@example.com' } }

/** A client with some settings of its own. */
export function withPolicy(client: Client, policy: Partial<Client['policy']>): Client {
  return { ...client, policy: { ...client.policy, ...policy } }
}

/** The form of these parameters; a list makes a repeated one. */
export function form(parameters: Readonly<Record<string, string | readonly string[] | undefined>>): Form {
  return formOf(new Map(Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, typeof value === 'string' ? [value] : value] as const]))))
}

export function parsedForm(text: string): Form {
  const parsed = parseForm(text)
  if (isRefusal(parsed)) throw new Error(parsed.key)
  return parsed
}

export function row<K extends Kind>(kind: K, key: string, record: Records[K], revision = 1): Row<K> {
  return { ...record, kind, key, revision } as Row<K>
}

/** Everything outside of core: rows, accounts and the server's seal. */
export interface World {
  readonly rows: Map<string, Row<Kind>>
  readonly accounts: readonly Account[]
}

export function worldOf(rows: readonly Row<Kind>[], accounts: readonly Account[] = [alice]): World {
  return { rows: new Map(rows.map((each) => [`${each.kind} ${each.key}`, each])), accounts }
}

export function rowIn<K extends Kind>(world: World, kind: K, key: string): Row<K> | undefined {
  return world.rows.get(`${kind} ${key}`) as Row<K> | undefined
}

export function seal(text: string): string {
  return digest(`the key of the server ${text}`)
}

/** The name of a user in a sector, as the server of this world derives it. */
export function subjectIn(sector: string | undefined, sub: string): string {
  return sector === undefined ? sub : digest(`the derived name of ${sub} in ${sector}`)
}

export function refreshTokenOf(generation: number, secret = FAMILY_SECRET): string {
  return `${secret}.${generation}.${seal(refreshTokenSeal(secret, generation))}`
}

function member(row: unknown, name: string): string | undefined {
  const value: unknown = typeof row === 'object' && row !== null ? Reflect.get(row, name) : undefined
  return typeof value === 'string' ? value : undefined
}

function meet(need: Need, known: Readonly<Record<string, unknown>>, world: World): unknown {
  switch (need.need) {
    case 'find':
      return rowIn(world, need.kind, need.key)
    case 'behind': {
      const key = member(known[need.via], need.member)
      return key === undefined ? undefined : rowIn(world, need.kind, need.prefix + key)
    }
    case 'among':
      return [...world.rows.values()].filter((each) => each.kind === need.kind && member(each, need.member) === need.value)
    case 'account':
      return world.accounts.find(({ sub }) => sub === member(known[need.via], 'sub'))
    case 'subject': {
      const sub = member(known[need.via], 'sub')
      const sector = need.sector ?? member(known[need.via], 'sector')
      return sub === undefined ? undefined : subjectIn(sector, sub)
    }
    case 'sealed':
      return seal(need.text) === need.seal
    default:
      throw new Error(`this world knows nothing of ${need.need}`)
  }
}

/** What the world answers for the needs of an attempt, and the decision on it. */
export function decide<Decision>(begun: Attempt<Decision> | Refusal, world: World, moment: Partial<Moment> = {}): Decision | Refusal {
  if (isRefusal(begun)) return begun
  const known: Record<string, unknown> = {}
  for (const [name, need] of Object.entries(begun.needs)) known[name] = meet(need, known, world)
  return begun.decide(known as Parameters<typeof begun.decide>[0], { now: NOW, fresh: 'fresh-name', ...moment })
}

/** Applies writes to a world; throws on a conflict, since a single caller meets none. */
export function commit(world: World, writes: readonly Write[]): void {
  for (const write of writes) {
    const at = `${write.kind} ${write.key}`
    const before = world.rows.get(at)
    if (write.write === 'insert' ? before !== undefined : before?.revision !== write.revision) throw new Error(`conflict at ${at}`)
    if (write.write === 'remove') world.rows.delete(at)
    else world.rows.set(at, row(write.kind, write.key, write.record as Records[typeof write.kind], (before?.revision ?? 0) + 1) as Row<Kind>)
  }
}

/** The decision as a refusal of this key that tells no secret and, unless said otherwise, changes nothing. */
export function expectRefusal(decision: unknown, key: RefusalKey, writes: readonly unknown[] = []): Refusal {
  if (!isRefusal(decision)) throw new Error(`expected ${key}, got ${JSON.stringify(decision)}`)
  expect(decision.key).toBe(key)
  expect(decision.writes).toEqual(writes)
  const facts = JSON.stringify(decision.facts)
  for (const secret of SECRETS) expect(facts).not.toContain(secret)
  return decision
}

export function expectIssue(decision: Issue | Refusal): Issue {
  if (isRefusal(decision)) throw new Error(`refused: ${decision.key} ${JSON.stringify(decision.facts)}`)
  return decision
}
