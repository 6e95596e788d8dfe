import { describe, expect, it } from 'vitest'
import { amend, digest, INTERACTION_KEPT, insert, isRefusal, push, PUSHED_REQUEST_PREFIX, pushedForm, pushedRequestKey, type Row, usePushed } from '../src/index.ts'
import { decide, evil, expectRefusal, form, NOW, row, spa, withPolicy, worldOf } from './world.ts'

const KEY = digest('the-secret')
const RECORD = { client_id: 'C-spa', parameters: [['scope', 'openid'], ['resource', 'a'], ['resource', 'b']] as const, usableUntil: NOW + 60, expiresAt: NOW + 60 + INTERACTION_KEPT }
const pushed = (changes: Partial<Row<'pushed_request'>> = {}): Row<'pushed_request'> => ({ ...row('pushed_request', KEY, RECORD), ...changes })

describe('a request that is pushed', () => {
  it('is kept without what says who the client is', () => {
    const said = form({ scope: 'openid', resource: ['a', 'b'], client_id: 'C-spa', client_secret: 's', client_assertion: 'a', client_assertion_type: 't', request: 'r' })
    expect(decide(push(said, spa, KEY), worldOf([]))).toEqual({ kind: 'pushed', expires_in: 60, writes: [insert('pushed_request', KEY, RECORD)] })
  })
  it('waits as long as its client may let it', () => {
    expect(decide(push(form({}), withPolicy(spa, { pushedRequestLifetime: 300 }), KEY), worldOf([]))).toMatchObject({ expires_in: 300 })
  })
  it('is named by a URN that ends in its secret, and by nothing else', () => {
    expect([`${PUSHED_REQUEST_PREFIX}the-secret`, `${PUSHED_REQUEST_PREFIX.toUpperCase()}the-secret`, 'https://rp.example/r', ''].map(pushedRequestKey)).toEqual([KEY, undefined, undefined, undefined])
  })
  it('says what was pushed', () => {
    const said = pushedForm(pushed(), spa, NOW + 59)
    expect(isRefusal(said) ? said.key : [said.names, said.one('scope'), said.all('resource')]).toEqual([['scope', 'resource'], 'openid', ['a', 'b']])
  })
})

describe('PAR-4 PAR-5 a pushed request that is refused', () => {
  it('J03 J04 when it is brought', () => {
    expectRefusal(pushedForm(undefined, spa, NOW), 'pushed_request_unknown')
    expectRefusal(pushedForm(pushed(), evil, NOW), 'pushed_request_of_another_client')
    expectRefusal(pushedForm(pushed({ usedAt: NOW - 1 }), spa, NOW), 'pushed_request_used')
    expectRefusal(pushedForm(pushed(), spa, NOW + 60), 'pushed_request_expired')
    expectRefusal(pushedForm(pushed({ usedAt: NOW - 1 }), evil, NOW + 60), 'pushed_request_of_another_client')
  })
  it('when it is answered again', () => {
    expectRefusal(usePushed(KEY, pushed({ usedAt: NOW }), spa, NOW), 'pushed_request_used')
    expectRefusal(usePushed(KEY, undefined, spa, NOW), 'pushed_request_unknown')
    expectRefusal(usePushed(KEY, pushed(), evil, NOW), 'pushed_request_of_another_client')
  })
})

describe('PAR-5 a pushed request that is answered', () => {
  it('is used up by the write that pays for the answer, also after its minute', () => {
    expect(usePushed(KEY, pushed(), spa, NOW + 100)).toEqual([amend(pushed(), { usedAt: NOW + 100 })])
  })
  it('is not there for requests that were not pushed', () => {
    expect(usePushed(undefined, undefined, spa, NOW)).toEqual([])
  })
})
