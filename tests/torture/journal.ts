import { setTimeout as pause } from 'node:timers/promises'
import { createHash } from 'node:crypto'
import type { Demo } from '../running/demo.ts'

/** What a client noted of one grant: before it asks what it asks for, and after it was answered what it got. */
export interface Grant {
  readonly code: string
  state: 'redeeming' | 'held' | 'refreshing' | 'revoking' | 'revoked'
  tokens: { readonly access_token: string; readonly refresh_token: string }
}

/** What came true of the acknowledged, in so many grants each. */
export interface Losses {
  readonly lost: number
  readonly doubled: number
  readonly undone: number
  /** Answers that nothing explains. */
  readonly faults: readonly string[]
}

/** The requests of one client of the demo. */
export interface Caller {
  /** A new code for the user who is signed in. */
  ask(): Promise<string>
  redeem(code: string): Promise<Grant['tokens'] | number>
  refresh(tokens: Grant['tokens']): Promise<Grant['tokens'] | number>
  /** The status of a revocation. */
  revoke(tokens: Grant['tokens']): Promise<number>
  /** The status of userinfo. */
  use(tokens: Grant['tokens']): Promise<number>
}

const VERIFIER = 'a-verifier-that-is-long-enough-for-the-rules-0001'
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

/** The address at which the SPA of the demo asks for a code. */
export function authorizationUrl({ issuer, spa }: Demo, more: Readonly<Record<string, string>> = {}): URL {
  const parameters = { client_id: 'spa', response_type: 'code', redirect_uri: `${spa}/callback`, scope: 'openid offline_access', code_challenge: CHALLENGE, code_challenge_method: 'S256', state: 's', ...more }
  return new URL(`${issuer}/authorize?${new URLSearchParams(parameters)}`)
}

/** The SPA of the demo, in a browser with these cookies. */
export function callerAt(demo: Demo, cookie: string): Caller {
  const post = async (endpoint: string, fields: Readonly<Record<string, string>>): Promise<Response> => fetch(`${demo.issuer}/${endpoint}`, { method: 'POST', body: new URLSearchParams({ client_id: 'spa', ...fields }) })
  const tokens = async (fields: Readonly<Record<string, string>>) => {
    const answer = await post('token', fields)
    const body = (await answer.json()) as Grant['tokens']
    return answer.status === 200 ? body : answer.status
  }
  return {
    async ask() {
      const answer = await fetch(authorizationUrl(demo, { prompt: 'none' }), { redirect: 'manual', headers: { cookie } })
      await answer.arrayBuffer()
      const code = new URL(answer.headers.get('location') ?? demo.spa).searchParams.get('code')
      if (code === null) throw new Unexplained(`no code, but ${answer.status} ${answer.headers.get('location')}`)
      return code
    },
    redeem: (code) => tokens({ grant_type: 'authorization_code', code, redirect_uri: `${demo.spa}/callback`, code_verifier: VERIFIER }),
    refresh: ({ refresh_token }) => tokens({ grant_type: 'refresh_token', refresh_token }),
    revoke: async ({ refresh_token }) => statusOf(await post('revoke', { token: refresh_token })),
    use: async ({ access_token }) => statusOf(await fetch(`${demo.issuer}/userinfo`, { headers: { authorization: `Bearer ${access_token}` } })),
  }
}

async function statusOf(answer: Response): Promise<number> {
  await answer.arrayBuffer()
  return answer.status
}

/** An answer that a client can not explain by what it did. */
export class Unexplained extends Error {
  override readonly name = 'Unexplained'
}

/** Asks, redeems, refreshes and revokes, and notes all of it, until the server is gone. */
export async function live(caller: Caller, journal: Grant[]): Promise<void> {
  for (;;) {
    const grant: Grant = { code: await caller.ask(), state: 'redeeming', tokens: { access_token: '', refresh_token: '' } }
    journal.push(grant)
    grant.tokens = granted(await caller.redeem(grant.code))
    grant.state = 'held'
    for (let turns = Math.floor(Math.random() * 4); turns > 0; turns--) {
      grant.state = 'refreshing'
      grant.tokens = granted(await caller.refresh(grant.tokens))
      grant.state = 'held'
    }
    if (Math.random() > 0.25) continue
    grant.state = 'revoking'
    const revoked = await caller.revoke(grant.tokens)
    if (revoked !== 200) throw new Unexplained(`a revocation was answered ${revoked}`)
    grant.state = 'revoked'
  }
}

function granted(answer: Grant['tokens'] | number): Grant['tokens'] {
  if (typeof answer === 'number') throw new Unexplained(`a grant was answered ${answer}`)
  return answer
}

/** What has become of a grant. Its code is tried once more at the end, so that this is the last that is heard of it. */
export async function outcomeOf(grant: Grant, caller: Caller): Promise<keyof Losses | string> {
  if (grant.state === 'redeeming') return ofDoubtfulCode(grant, caller)
  if (grant.state === 'revoking' && (await caller.revoke(grant.tokens)) !== 200) return 'a second revocation failed'
  if (grant.state === 'revoking' || grant.state === 'revoked') return (await caller.use(grant.tokens)) === 401 && (await caller.refresh(grant.tokens)) === 400 ? 'kept' : 'undone'
  const isGood = await goesOn(grant, caller)
  const again = isRefused(await caller.redeem(grant.code))
  return again === 'kept' && !isGood ? 'lost' : again
}

/** Whether what the client holds is good, and can be used on. */
export async function goesOn(grant: Grant, caller: Caller): Promise<boolean> {
  if ((await caller.use(grant.tokens)) !== 200) return false
  const next = await caller.refresh(grant.tokens)
  if (typeof next === 'number') return false
  grant.tokens = next
  return (await caller.use(next)) === 200
}

/** Nobody was told what came of the code: it is good, or it is spent. */
async function ofDoubtfulCode({ code }: Grant, caller: Caller): Promise<string> {
  const first = await caller.redeem(code)
  if (typeof first === 'number') return first === 400 ? 'kept' : `a code was answered ${first}`
  if ((await caller.use(first)) !== 200) return 'lost'
  return isRefused(await caller.redeem(code))
}

const isRefused = (answer: Grant['tokens'] | number): string => (typeof answer !== 'number' ? 'doubled' : answer === 400 ? 'kept' : `a code was answered ${answer}`)

/** Asks for a token until there is one; answers how many milliseconds that took. */
export async function firstToken({ issuer }: Demo, secret: string, since: number): Promise<number> {
  for (;;) {
    const headers = { authorization: `Basic ${Buffer.from(`service:${secret}`).toString('base64')}` }
    const answer = await fetch(`${issuer}/token`, { method: 'POST', headers, body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'api' }) }).catch(() => undefined)
    if (answer?.status === 200) return performance.now() - since
    await pause(5)
  }
}
