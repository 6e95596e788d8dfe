import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { API, type Demo, SECRETS, startDemo } from './running/demo.ts'
import { addressOf, signIn, UserAgent } from './running/user-agent.ts'

const VERIFIER = 'a-verifier-that-is-long-enough-for-the-rules-0001'
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

let demo: Demo
beforeEach(async () => {
  demo = await startDemo()
})
afterEach(() => demo?.stop())

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, string>>
}

async function token(fields: Record<string, string>): Promise<Answer> {
  const answer = await fetch(`${demo.issuer}/token`, { method: 'POST', body: new URLSearchParams({ client_id: 'spa', ...fields }) })
  return { status: answer.status, body: (await answer.json()) as Record<string, string> }
}

const refresh = (answer: Answer) => token({ grant_type: 'refresh_token', refresh_token: answer.body['refresh_token'] ?? '' })
const userinfo = async (answer: Answer) => (await fetch(`${demo.issuer}/userinfo`, { headers: { authorization: `Bearer ${answer.body['access_token']}` } })).status

function authorization(more: Record<string, string> = {}): URL {
  const parameters = { client_id: 'spa', response_type: 'code', redirect_uri: `${demo.spa}/callback`, scope: 'openid offline_access api', code_challenge: CHALLENGE, code_challenge_method: 'S256', state: 's', ...more }
  return new URL(`${demo.issuer}/authorize?${new URLSearchParams(parameters)}`)
}

const redeem = (back: URL) => token({ grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '', redirect_uri: `${demo.spa}/callback`, code_verifier: VERIFIER })

describe('after a kill and a start on the same database', () => {
  test('session, code, refresh token, access token and signing keys go on', async () => {
    const agent = new UserAgent(demo.issuer)
    const tokens = await redeem(await signIn(agent, authorization()))
    expect(tokens.status).toBe(200)
    const unredeemed = addressOf(await agent.visit(authorization({ prompt: 'none' })))

    expect(await demo.server().end('SIGKILL')).toBe('SIGKILL')
    await demo.again()

    expect(addressOf(await agent.visit(authorization({ prompt: 'none' }))).searchParams.has('code')).toBe(true)
    expect((await redeem(unredeemed)).status).toBe(200)
    expect(await userinfo(tokens)).toBe(200)
    const { payload } = await jwtVerify(tokens.body['access_token'] ?? '', createRemoteJWKSet(new URL(`${demo.issuer}/jwks`)), { issuer: demo.issuer })
    expect(payload).toMatchObject({ sub: 'alice', aud: expect.arrayContaining([API]) as unknown })
    const refreshed = await refresh(tokens)
    expect([refreshed.status, await userinfo(refreshed)]).toEqual([200, 200])
  })

  test('a rotated refresh token and a redeemed code stay dead', async () => {
    const agent = new UserAgent(demo.issuer)
    const back = await signIn(agent, authorization())
    const first = await redeem(back)
    const second = await refresh(first)
    const third = await refresh(second)
    expect(third.status).toBe(200)

    await demo.server().end('SIGKILL')
    await demo.again()

    const again = await redeem(back)
    expect([again.status, again.body['error']]).toEqual([400, 'invalid_grant'])
    const replayed = await refresh(first)
    expect([replayed.status, replayed.body['error']]).toEqual([400, 'invalid_grant'])
    expect([(await refresh(third)).status, await userinfo(third)]).toEqual([400, 401])
  })
})

describe('a stop', () => {
  test('answers what is in flight, takes no more and ends with 0', async () => {
    const authorizationHeader = `Basic ${Buffer.from(`service:${SECRETS.service}`).toString('base64')}`
    const body = 'grant_type=client_credentials&scope=api'
    const inFlight = Array.from({ length: 50 }, () => half(`${demo.issuer}/token`, authorizationHeader, body))
    await Promise.all(inFlight.map(({ underWay }) => underWay))
    const ended = demo.server().end('SIGTERM')
    await until(() => demo.server().output().includes('"stopping'))
    await expect(fetch(`${demo.issuer}/healthz`)).rejects.toThrow()
    for (const { finish } of inFlight) finish()
    expect(new Set(await Promise.all(inFlight.map(({ status }) => status)))).toEqual(new Set([200]))
    expect(await ended).toBe(0)
    expect(demo.server().output()).toMatch(/"stopped"[^\n]*\n$/)
    expect(demo.server().output()).not.toMatch(/"level":[56]0/)
  })
})

/** A request whose headers have arrived and whose body waits for `finish`. */
function half(url: string, authorizationHeader: string, body: string) {
  const headers = { authorization: authorizationHeader, 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length, expect: '100-continue' }
  const sent = request(url, { method: 'POST', agent: false, headers })
  const status = new Promise<number>((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
  })
  // The server answers 100 once it has read the headers, so that the request is surely in its hands.
  const underWay = new Promise<void>((resolve) => sent.once('continue', resolve))
  sent.flushHeaders()
  return { underWay, status, finish: () => void sent.end(body) }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20))
}
