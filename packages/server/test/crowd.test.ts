import type { Account } from '@latchkey/core'
import { memoryStore } from '@latchkey/server/testing'
import { expect, it } from 'vitest'
import { asking, authorizeUrl, browserFor, returned } from './browser.ts'
import { CLAIMS, testIssuer } from './issuer.ts'
import { claimsOf, redeeming, refreshing, tokenRequest, tokensOf, userinfoRequest } from './tokens.ts'

const CROWD = 200
const ROUNDS = 10

/** A store that answers one request sooner and another later, so that requests overtake each other; the same way in each run. */
function unevenStore() {
  const inner = memoryStore()
  let turn = 1
  const pause = async () => {
    turn = (turn * 48_271) % 2_147_483_647
    for (let step = turn % 4; step > 0; step--) await new Promise((resolve) => setImmediate(resolve))
  }
  const gather: typeof inner.gather = async (needs) => {
    await pause()
    const known = await inner.gather(needs)
    await pause()
    return known
  }
  return { ...inner, gather, commit: async (writes: Parameters<typeof inner.commit>[0]) => (await pause(), inner.commit(writes)) }
}

it(`V12 ${CROWD} users sign in at the same instant, ${ROUNDS} times over, and each gets what is theirs`, { timeout: 120_000 }, async () => {
  const accounts = new Map(Array.from({ length: CROWD }, (_, at): [string, Account] => [`user-${at}`, { sub: `user-${at}`, active: true, claims: { ...CLAIMS, name: `Name ${at}` } }]))
  const issuer = testIssuer({ algorithms: ['ES256'], users: { find: (sub) => accounts.get(sub) }, store: unevenStore() })
  const seen = new Set<string>()
  const signIn = async (sub: string, round: number): Promise<object> => {
    const [state, nonce] = [`state of ${sub} ${round}`, `nonce of ${sub} ${round}`]
    const browser = browserFor(issuer)
    const login = await browser.open(authorizeUrl(asking({ state, nonce, scope: 'openid profile offline_access', login_hint: sub })))
    const answer = await browser.submit(login, { username: sub })
    const { code = '', state: returnedState } = returned(answer)
    const first = await tokensOf(await issuer.send(tokenRequest(redeeming(code))))
    const second = await tokensOf(await issuer.send(tokenRequest(refreshing(first.refresh_token))))
    const userinfo = (await (await issuer.send(userinfoRequest(second.access_token))).json()) as object
    const again = returned(await browser.send(authorizeUrl(asking({ prompt: 'none' }))))
    const silent = await tokensOf(await issuer.send(tokenRequest(redeeming(again['code'] ?? ''))))
    for (const secret of [code, first.access_token, second.access_token, first.refresh_token, [...browser.cookies.values()].join()]) seen.add(secret)
    const [one, two, three] = [first, second, silent].map(({ id_token }) => claimsOf(id_token))
    return { state: returnedState, subs: [one?.['sub'], two?.['sub'], three?.['sub']], nonce: one?.['nonce'], userinfo }
  }
  for (let round = 0; round < ROUNDS; round++) {
    const all = await Promise.all([...accounts.keys()].map((sub) => signIn(sub, round)))
    expect(all).toEqual([...accounts.keys()].map((sub, at) => ({ state: `state of ${sub} ${round}`, subs: [sub, sub, sub], nonce: `nonce of ${sub} ${round}`, userinfo: expect.objectContaining({ sub, name: `Name ${at}` }) as object })))
  }
  expect(seen.size).toBe(5 * CROWD * ROUNDS)
})
