import type { Write } from '@latchkey/core'
import type { Store } from '@latchkey/server'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { asking, askingWeb, authorizeUrl, browserFor, codeOf, returned } from '../packages/server/test/browser.ts'
import { askedBy, DEVICE_CLIENTS, deviceIssuer, deviceRequest, entering, polled } from '../packages/server/test/devices.ts'
import { CLIENTS, ISSUER, type Issuer, START } from '../packages/server/test/issuer.ts'
import { post, PUBLIC } from '../packages/server/test/registrant.ts'
import { pushRequest } from '../packages/server/test/requests.ts'
import { isAlive, signedIn } from '../packages/server/test/tokens.ts'
import { bringingAssertion, SIGNING_CLIENT } from './running/assertions.ts'
import { type FaultyStore, faultyStore } from './running/faulty-store.ts'

/** Something that a server is asked to do, and that it stores. */
interface Act {
  /** Asks for it; may be called again until it succeeds. */
  ask(): Promise<Response>
  readonly status: number
  /** Whether it has come true, in all that it means. */
  isDone(answer: Response): Promise<boolean>
}

const ACTS: Readonly<Record<string, (issuer: Issuer) => Promise<Act>>> = {
  async 'a request that is pushed'(issuer) {
    return { ask: () => issuer.fetch(pushRequest(asking())), status: 201, isDone: async (answer) => ((await answer.json()) as { request_uri: string }).request_uri !== '' }
  },
  async 'a registration'(issuer) {
    const isFound = async (answer: Response) => {
      const { client_id } = (await answer.json()) as { client_id: string }
      return (await issuer.fetch(pushRequest(asking({ client_id, redirect_uri: PUBLIC.redirect_uris[0] })))).status === 201
    }
    return { ask: () => post(issuer, PUBLIC), status: 201, isDone: isFound }
  },
  async 'a device that asks to be let in'(issuer) {
    const waits = async (answer: Response) => (await polled(issuer, ((await answer.json()) as { device_code: string }).device_code)) === '400 authorization_pending'
    return { ask: () => issuer.fetch(deviceRequest()), status: 200, isDone: waits }
  },
  async 'a device that is let in'(issuer) {
    const { device_code, user_code } = await askedBy(issuer, { client_id: 'tv', scope: 'openid offline_access' })
    const { browser, page } = await entering(issuer, user_code)
    return { ask: () => browser.submit(page, { decision: 'allow' }), status: 200, isDone: async () => (await polled(issuer, device_code)) === 'issued' }
  },
  async 'a sign-in'(issuer) {
    const browser = browserFor(issuer)
    const page = await browser.open(authorizeUrl(asking()))
    return { ask: () => browser.submit(page, { username: 'alice' }), status: 303, isDone: async (answer) => returned(answer)['code'] !== undefined }
  },
  async 'a consent'(issuer) {
    const browser = browserFor(issuer)
    await codeOf(browser)
    const page = await browser.open(authorizeUrl(askingWeb()))
    return { ask: () => browser.submit(page, { decision: 'allow' }), status: 303, isDone: async (answer) => returned(answer)['code'] !== undefined }
  },
  async 'a code for who is signed in'(issuer) {
    const browser = browserFor(issuer)
    await codeOf(browser)
    return { ask: () => browser.send(authorizeUrl(asking({ prompt: 'none' }))), status: 303, isDone: async (answer) => returned(answer)['code'] !== undefined }
  },
  async 'a logout'(issuer) {
    const browser = browserFor(issuer)
    await codeOf(browser)
    const page = await browser.open(`${ISSUER}/end_session`)
    const cookies = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const isSignedOut = async () => returned(await issuer.fetch(new Request(authorizeUrl(asking({ prompt: 'none' })), { headers: { cookie: cookies } })))['error'] === 'login_required'
    return { ask: () => browser.submit(page, { decision: 'allow' }), status: 200, isDone: isSignedOut }
  },
  async 'a revocation'(issuer) {
    const { refresh_token, access_token } = await signedIn(issuer)
    const ask = () => issuer.fetch(new Request(`${ISSUER}/revoke`, { method: 'POST', body: new URLSearchParams({ client_id: 'spa', token: refresh_token }) }))
    return { ask, status: 200, isDone: async () => !(await isAlive(issuer, access_token)) }
  },
  async 'a token for an assertion'(issuer) {
    const request = await bringingAssertion()
    return { ask: () => issuer.fetch(request()), status: 200, isDone: async () => (await issuer.fetch(request())).status === 401 }
  },
}

let faulty: FaultyStore
let issuer: Issuer
const started = (store: Store): Issuer => deviceIssuer({ store, clock: () => START, clients: [...CLIENTS, ...DEVICE_CLIENTS, SIGNING_CLIENT], registration: { access: 'open' } })
async function startAnew(): Promise<void> {
  faulty = faultyStore()
  issuer = started(faulty.store)
  await issuer.ready()
}
async function end(): Promise<void> {
  await issuer.store.close()
  faulty.remove()
}
beforeEach(startAnew)
afterEach(end)

/** The commits of an act that nothing disturbs. */
async function commitsOf(begin: (issuer: Issuer) => Promise<Act>): Promise<readonly (readonly Write[])[]> {
  const act = await begin(issuer)
  faulty.commits.length = 0
  const answer = await act.ask()
  const commits = [...faulty.commits]
  expect([answer.status, await act.isDone(answer)]).toEqual([act.status, true])
  expect(commits.flat().length).toBeGreaterThan(0)
  return commits
}

/** On a server of its own, asks while the store fails: it is told as such, and the commit that fails leaves nothing. Asks again: it is done. */
async function failThenSucceed(begin: (issuer: Issuer) => Promise<Act>, fail: () => void): Promise<void> {
  await end()
  await startAnew()
  const act = await begin(issuer)
  fail()
  const refused = await act.ask()
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2'])
  expect(faulty.content()).toEqual(faulty.contentBeforeLast())
  faulty.heal()
  const answer = await act.ask()
  expect([answer.status, await act.isDone(answer)]).toEqual([act.status, true])
}

describe.each(Object.entries(ACTS))('S03 %s', (_, begin) => {
  test('outlives the failure of each of its commits', async () => {
    const count = (await commitsOf(begin)).length
    for (let nth = 0; nth < count; nth++) await failThenSucceed(begin, () => faulty.failAfter(nth))
  })

  test('outlives the failure of each of its statements, and no other of the same commit stays', async () => {
    for (const write of (await commitsOf(begin)).flat()) await failThenSucceed(begin, () => faulty.failAt(write))
  })
})

test('S03 would be noticed: a store that keeps the first half of a commit that fails', async () => {
  let isHalf = false
  const half: Store = {
    ...faulty.store,
    async commit(writes) {
      if (!isHalf || writes.length === 1) return faulty.store.commit(writes)
      await faulty.store.commit(writes.slice(0, 1))
      throw new Error('the rest is lost')
    },
  }
  const act = await ACTS['a device that is let in']?.(started(half))
  isHalf = true
  expect((await act?.ask())?.status).toBe(503)
  expect(faulty.content()).not.toEqual(faulty.contentBeforeLast())
})
