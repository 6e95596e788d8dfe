import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Store } from '@latchkey/server'
import { afterAll, expect, test } from 'vitest'
import { asking, authorizeUrl, browserFor, codeOf } from '../packages/server/test/browser.ts'
import { ISSUER, type Issuer } from '../packages/server/test/issuer.ts'
import { pushed, pushedUrl, pushRequest } from '../packages/server/test/requests.ts'
import { isAlive, redeeming, signedIn, tokenRequest } from '../packages/server/test/tokens.ts'
import { openDatabase } from '../packages/store-sqlite/src/database.ts'
import { storeOn } from '../packages/store-sqlite/src/sqlite-store.ts'
import { outcomeOf, startCluster } from './running/redemptions.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-full-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A database that can be filled up, and a server on it. */
async function started(name: string, around: (store: Store) => Store = (store) => store) {
  const database = openDatabase(path.join(folder, name), 8)
  const cluster = await startCluster(around(storeOn(database)))
  const pages = (most: number) => database.pragma(`max_page_count = ${most}`)
  return {
    cluster,
    issuer: cluster.nodes[0],
    fill: () => void pages(Number(database.pragma('page_count', { simple: true }))),
    free: () => void pages(1_000_000),
    integrity: () => String(database.pragma('integrity_check', { simple: true })),
  }
}

/** Pushes requests until one is not taken; answers those that were, and what the last was told. */
async function pushUntilFull(issuer: Issuer): Promise<{ readonly taken: readonly string[]; readonly refused: Response }> {
  const taken: string[] = []
  for (;;) {
    const answer = await issuer.fetch(pushRequest(asking({ state: 's'.repeat(1_000) })))
    if (answer.status !== 201) return { taken, refused: answer }
    taken.push(((await answer.json()) as { request_uri: string }).request_uri)
  }
}

const statusAt = async (issuer: Issuer, where: string) => (await issuer.fetch(new Request(`${ISSUER}/${where}`))).status

test('S07 a full disk: what would be written is answered 503, what is read goes on, and so does all once there is room', async () => {
  const { cluster, issuer, fill, free, integrity } = await started('full.db')
  const browser = browserFor(issuer)
  const { access_token } = await signedIn(issuer, {}, browser)
  const code = await codeOf(browser)
  fill()
  const { taken, refused } = await pushUntilFull(issuer)
  expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([503, '2', expect.objectContaining({ error: 'temporarily_unavailable' })])
  const many = await Promise.all(Array.from({ length: 50 }, () => issuer.fetch(pushRequest(asking({ state: 's'.repeat(1_000) })))))
  expect(new Set(many.map(({ status }) => status))).toEqual(new Set([503]))
  expect([await statusAt(issuer, 'jwks'), await statusAt(issuer, '.well-known/openid-configuration'), await isAlive(issuer, access_token)]).toEqual([200, 200, true])
  expect(integrity()).toBe('ok')
  free()
  expect(await outcomeOf(await issuer.fetch(tokenRequest(redeeming(code))))).toEqual(expect.objectContaining({ token_type: 'Bearer' }))
  expect(await pushed(issuer, asking())).toMatch(/^urn:/)
  for (const request_uri of taken) expect((await browser.send(pushedUrl(request_uri))).status).toBe(303)
  expect(integrity()).toBe('ok')
  await cluster.close()
})

test('S07 would be noticed: a store that acknowledges what found no room', async () => {
  const { cluster, issuer, fill, free } = await started('careless.db', (inner) => ({ ...inner, commit: (writes) => inner.commit(writes).catch(() => 'committed' as const) }))
  fill()
  const taken: string[] = []
  while (taken.length < 200) taken.push(await pushed(issuer, asking({ state: 's'.repeat(1_000) })))
  free()
  const answers = await Promise.all(taken.map((request_uri) => browserFor(issuer).send(pushedUrl(request_uri))))
  expect(answers.map(({ status }) => status)).toContain(400)
  expect((await browserFor(issuer).send(authorizeUrl(asking()))).status).toBe(303)
  await cluster.close()
})
