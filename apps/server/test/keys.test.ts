import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ListedKey, listKeys } from '@latchkey/server'
import { hasFindings, loadConfiguration } from '../src/config/load.ts'
import { openStore } from '../src/open-store.ts'
import { operatorLog } from '../src/log.ts'
import { changesBetween, rotating } from '../src/rotate.ts'
import { startServer } from '../src/start.ts'
import { GOOD } from './bad-configurations.ts'
import { emptyFolder, ran } from './terminal.ts'

const SERVICE_SECRET = 'secret-of-the-service-for-tests-0001'

/** A folder with a configuration whose store is a file, and a server that runs on it for as long as `use` takes. */
async function running<T>(use: (world: { cwd: string; origin: string }) => Promise<T>, keys: object = {}): Promise<T> {
  const cwd = emptyFolder()
  const service = { client_id: 'service', client_secret: SERVICE_SECRET, grant_types: ['client_credentials'], scope: 'api' }
  writeFileSync(path.join(cwd, 'latchkey.config.json'), JSON.stringify({ ...GOOD, store: 'sqlite:./keys.db', encryptionKey: 'Zm9yIHRoZSB0ZXN0cyBvbmx5LCAzMiBieXRlcyE3Nzc=', clients: [service], listen: { host: '127.0.0.1', port: 0 }, keys }))
  const loaded = await loadConfiguration({}, {}, cwd)
  if (hasFindings(loaded)) throw new Error(JSON.stringify(loaded.findings))
  const server = await startServer(loaded.configuration, operatorLog({ env: {}, isInteractive: false, out: () => undefined }))
  try {
    return await use({ cwd, origin: `http://${server.address}` })
  } finally {
    await server.stop()
  }
}

async function tokenOf(origin: string): Promise<string> {
  const answer = await fetch(`${origin}/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials' }), headers: { authorization: `Basic ${btoa(`service:${SERVICE_SECRET}`)}` } })
  return ((await answer.json()) as { access_token: string }).access_token
}
type Published = readonly (JsonWebKey & { readonly kid: string })[]
const published = async (origin: string) => ((await (await fetch(`${origin}/jwks`)).json()) as { keys: Published }).keys

/** The name of the published key that signed, `undefined` when none did. */
function signerOf(jwt: string, keys: Published): string | undefined {
  const [header = '', claims = '', signature = ''] = jwt.split('.')
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }
  const key = keys.find((each) => each.kid === kid)
  if (key === undefined) return undefined
  const isSigned = verify('sha256', Buffer.from(`${header}.${claims}`), { key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
  return isSigned ? kid : undefined
}
const keysIn = (out: string) => (JSON.parse(out) as { keys: readonly ListedKey[] }).keys
const standing = (out: string) => keysIn(out).map(({ alg, state }) => `${alg} ${state}`)

describe('KEYS-4 latchkey keys, beside a running server', () => {
  it('lists, announces, and lets sign at once; the server follows without a restart', () =>
    running(async ({ cwd, origin }) => {
      const before = await tokenOf(origin)
      expect(standing((await ran(['keys', 'list', '--json'], { cwd })).out)).toEqual(['ES256 signing', 'RS256 signing'])
      const announced = await ran(['keys', 'rotate', '--alg', 'ES256', '--json'], { cwd })
      expect([announced.code, standing(announced.out)]).toEqual([0, ['ES256 signing', 'ES256 announced', 'RS256 signing']])
      expect((await published(origin)).map(({ kid }) => kid)).toEqual(keysIn(announced.out).map(({ kid }) => kid))
      const rotated = await ran(['keys', 'rotate', '--now', '--json'], { cwd })
      expect(standing(rotated.out)).toEqual(['ES256 retired', 'ES256 signing', 'RS256 retired', 'RS256 signing'])
      const keys = await published(origin)
      expect([signerOf(before, keys), signerOf(await tokenOf(origin), keys)]).toEqual(keysIn(rotated.out).slice(0, 2).map(({ kid }) => kid))
    }))
  it('retires a key, and deletes one that was stolen', () =>
    running(async ({ cwd, origin }) => {
      const [key] = keysIn((await ran(['keys', 'list', '--json'], { cwd })).out)
      const retired = await ran(['keys', 'retire', key?.kid ?? '', '--json'], { cwd })
      expect(standing(retired.out)).toEqual(['ES256 retired', 'ES256 signing', 'RS256 signing'])
      const deleted = await ran(['keys', 'retire', key?.kid ?? '', '--compromised', '--json'], { cwd })
      expect([deleted.code, standing(deleted.out)]).toEqual([0, ['ES256 signing', 'RS256 signing']])
      expect((await published(origin)).map(({ kid }) => kid)).not.toContain(key?.kid)
    }))
  it('tells people what happens to each key next, and no secret', () =>
    running(async ({ cwd }) => {
      const { code, out, err } = await ran(['keys', 'rotate', '--alg', 'RS256'], { cwd })
      expect([code, err]).toEqual([0, ''])
      expect(out.replaceAll(/[\w-]{43}/g, 'KID').replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'TIME')).toBe(
        'ES256   signing    KID  since TIME UTC\nRS256   signing    KID  until TIME UTC\nRS256   announced  KID  signs from TIME UTC\n',
      )
      expect((await ran(['keys', 'list'], { cwd })).out).toBe(out)
    }))
  it('says why it can not', () =>
    running(async ({ cwd }) => {
      expect(await ran(['keys', 'retire', 'nosuch'], { cwd })).toEqual({ code: 1, out: '', err: 'there is no key nosuch\n' })
      expect(await ran(['keys', 'rotate', '--alg', 'PS512'], { cwd })).toEqual({ code: 1, out: '', err: 'PS512 is none of ES256, RS256\n' })
      const foreign = { LATCHKEY_ENCRYPTION_KEY: 'YW5vdGhlciBrZXkgdGhhbiB0aGUgb25lIGluIGl0ISE=' }
      expect(await ran(['keys', 'rotate'], { cwd, env: foreign })).toMatchObject({ code: 1, out: '', err: expect.stringContaining('can not be read with the configured encryption key') as string })
      expect((await ran(['keys', 'list', '--json'], { cwd, env: foreign })).code).toBe(0)
    }))
})

describe('latchkey keys, without a server', () => {
  const folder = (changes: object): string => {
    const cwd = emptyFolder()
    writeFileSync(path.join(cwd, 'latchkey.config.json'), JSON.stringify({ ...GOOD, ...changes }))
    return cwd
  }
  it.each([
    ['a store in memory', { store: 'memory:' }, 'which only the running server has'],
    ['a store that is not there yet', { store: 'sqlite:./none.db', encryptionKey: 'Zm9yIHRoZSB0ZXN0cyBvbmx5LCAzMiBieXRlcyE3Nzc=' }, 'keys are made when the server first starts'],
    ['a store that is a configuration', { store: 'sqlite:./latchkey.config.json', encryptionKey: 'Zm9yIHRoZSB0ZXN0cyBvbmx5LCAzMiBieXRlcyE3Nzc=' }, 'it is not a SQLite database'],
    ['a configuration that can not stand', { isuer: 'x' }, '1 problem in '],
  ])('%s has none', async (_, changes, reason) => {
    expect(await ran(['keys', 'list'], { cwd: folder(changes) })).toMatchObject({ code: 1, out: '', err: expect.stringContaining(reason) as string })
  })
  it.each([[['keys', 'retire']], [['keys', 'rotate', '--alg', 'HS256']], [['keys', 'frobnicate']]])('%j is called wrongly', async (argv) => {
    expect((await ran(argv, { cwd: folder({}) })).code).toBe(2)
  })
})

describe('W03 keys.rotateAfter, keys.announceFor and keys.retireAfter', () => {
  it('are the lives that keys get', () =>
    running(
      async ({ cwd }) => {
        await ran(['keys', 'rotate', '--alg', 'ES256'], { cwd })
        const store = await openStore({ kind: 'sqlite', file: path.join(cwd, 'keys.db') })
        const [signing, announced] = await listKeys(store)
        await store.close()
        if (signing === undefined || announced === undefined) throw new Error('two keys')
        expect([announced.signsAt - announced.createdAt, (signing.expiresAt ?? 0) - (signing.retiresAt ?? 0)]).toEqual([172_800, 259_200])
      },
      { rotateAfter: '30d', announceFor: '2d', retireAfter: '3d' },
    ))
})

describe('the timer of the keys', () => {
  const key = (kid: string, state: ListedKey['state']): ListedKey => ({ kid, alg: 'ES256', state, createdAt: 1, signsAt: 1 })
  it('sees keys that are new, in another state, and gone', () => {
    expect(changesBetween([key('a', 'signing'), key('b', 'announced'), key('c', 'retired')], [key('a', 'signing'), key('b', 'signing'), key('d', 'announced')])).toEqual([
      { kid: 'b', alg: 'ES256', state: 'signing' },
      { kid: 'd', alg: 'ES256', state: 'announced' },
      { kid: 'c', alg: 'ES256', state: 'deleted' },
    ])
  })
  it('ends when it is told to', async () => {
    const silent = operatorLog({ env: { LATCHKEY_LOG_LEVEL: 'silent' }, isInteractive: false, out: () => undefined })
    const refused = () => Promise.reject(new Error('never asked'))
    await expect(rotating({ list: refused, rotate: refused, retire: refused, refresh: refused }, silent)()).resolves.toBeUndefined()
  })
})
