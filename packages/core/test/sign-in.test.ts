import { describe, expect, it } from 'vitest'
import { amend, type Browser, digest, insert, type RedirectUri, remove, type Row, signIn } from '../src/index.ts'
import { decide, expectRefusal, ISSUER, NOW, row, worldOf } from './world.ts'

const from: Browser = { browser: digest('browser'), session: digest('old cookie') }
const COOKIE = digest('new cookie')
const HANDLE = digest('handle')
const previous: Row<'session'> = row('session', digest('old cookie'), { sub: 'alice', sid: 'sid-1', auth_time: NOW - 500, amr: ['pwd'], createdAt: NOW - 500, expiresAt: NOW + 500 })
const waiting: Row<'interaction'> = row('interaction', HANDLE, {
  request: { client_id: 'C-spa', response_type: 'code', returnTo: { issuer: ISSUER, redirect_uri: 'https://spa.example/cb' as RedirectUri, response_mode: 'query' }, scope: ['openid'], resource: [], prompt: [] },
  browser: from.browser,
  createdAt: NOW - 60,
  expiresAt: NOW + 60,
})

function signedIn(rows: readonly (Row<'session'> | Row<'interaction'>)[], sub = 'alice', browser = from): unknown {
  return decide(signIn({ sub, amr: ['pwd', 'otp'], acr: 'silver' }, HANDLE, browser, COOKIE, 3_600), worldOf(rows))
}

function begun(sub: string, sid: string): unknown {
  return insert('session', COOKIE, { sub, sid, auth_time: NOW, amr: ['pwd', 'otp'], acr: 'silver', createdAt: NOW, expiresAt: NOW + 3_600 })
}

describe('a user who signs in', () => {
  it('gets a session under a new cookie and a new name', () => {
    expect(signedIn([waiting])).toEqual({ kind: 'begun', sid: 'fresh-name', expiresAt: NOW + 3_600, writes: [begun('alice', 'fresh-name'), amend(waiting, { authenticatedAt: NOW })] })
  })
  it('V05 loses the session from before, and keeps its name when it was theirs', () => {
    expect(signedIn([waiting, previous])).toEqual({ kind: 'begun', sid: 'sid-1', expiresAt: NOW + 3_600, writes: [begun('alice', 'sid-1'), remove(previous), amend(waiting, { authenticatedAt: NOW })] })
  })
  it('V05 never takes over the name of another user\'s session', () => {
    expect(signedIn([waiting, previous], 'bob')).toEqual({ kind: 'begun', sid: 'fresh-name', expiresAt: NOW + 3_600, writes: [begun('bob', 'fresh-name'), remove(previous), amend(waiting, { authenticatedAt: NOW })] })
  })
  it('does not reopen a finished interaction', () => {
    expect(signedIn([{ ...waiting, authorization: 'auth-1' }])).toEqual({ kind: 'begun', sid: 'fresh-name', expiresAt: NOW + 3_600, writes: [begun('alice', 'fresh-name')] })
  })
  it.each([
    ['nothing waits', [previous], from, 'interaction_unknown'],
    ['it has expired', [{ ...waiting, expiresAt: NOW }], from, 'interaction_expired'],
    ['A24 another browser began it', [waiting], { ...from, browser: digest('mallory') }, 'interaction_of_another_browser'],
  ] as const)('is refused when %s, and no session begins', (_, rows, browser, key) => {
    expect(expectRefusal(signedIn(rows, 'alice', browser), key).returnTo).toBeUndefined()
  })
})
