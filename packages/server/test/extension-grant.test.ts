import { defineGrant, EXTENSION_ERRORS, type Grant, type Issue, RESERVED_CLAIMS, type Refusal } from '@latchkey/core'
import { ConfigurationError, issueFor, refuseGrant, required, unbounded } from '@latchkey/server'
import { describe, expect, it } from 'vitest'
import { API, CLIENTS, ISSUER, type Issuer, refused, REPORTS, START, testIssuer, WEB_SECRET } from './issuer.ts'
import { basic, BASIC_CHALLENGE, claimsOf, expectError, isAlive, tokenRequest, tokensOf, userinfoRequest, WEB } from './tokens.ts'
import { type Ticket, ticketGrant } from './ticket-grant.ts'

const TICKET = 'urn:example:ticket'
const GATE = basic('gate', WEB_SECRET)
const KIOSK = { client_id: 'kiosk' }
const EXTENDED = [
  ...CLIENTS,
  { client_id: 'gate', client_secret: WEB_SECRET, grant_types: [TICKET, 'refresh_token'], scope: 'openid email offline_access api reports' },
  { client_id: 'kiosk', token_endpoint_auth_method: 'none', grant_types: [TICKET], scope: 'openid api' },
]
const TICKETS: Readonly<Record<string, Ticket>> = {
  alice: { sub: 'alice', claims: { seat: '4A' }, members: { gate: 7 } },
  carol: { sub: 'carol' },
  freight: { claims: { load: 2 }, members: { lane: 'B' } },
}

function gated(office: (ticket: string) => Promise<Ticket | undefined> = (ticket) => Promise.resolve(TICKETS[ticket])): Issuer {
  return testIssuer({ clients: EXTENDED, grants: [ticketGrant(office)] })
}
const asking = (ticket: string, changes: Record<string, string> = {}, headers = GATE) => tokenRequest({ grant_type: TICKET, ticket, ...changes }, headers)

describe('an extension grant, with its eight outcomes', () => {
  it('1 a subject: access, refresh and ID Token, own claims and members', async () => {
    const issuer = gated()
    const answer = await issuer.fetch(asking('alice', { scope: 'openid email offline_access api' }))
    const body = (await answer.json()) as Record<string, string>
    expect([answer.status, body]).toEqual([
      200,
      { access_token: expect.any(String) as string, token_type: 'Bearer', expires_in: 3_600, refresh_token: expect.any(String) as string, id_token: expect.any(String) as string, scope: 'openid email offline_access api', gate: 7 },
    ])
    expect(claimsOf(body.access_token ?? '')).toEqual({ seat: '4A', iss: ISSUER, sub: 'alice', aud: [ISSUER, API], client_id: 'gate', scope: 'openid email offline_access api', iat: START, exp: START + 3_600, auth_time: START, amr: ['ticket'], acr: 'urn:example:gate', jti: expect.any(String) as string })
    expect(claimsOf(body.id_token ?? '')).toMatchObject({ sub: 'alice', aud: 'gate', amr: ['ticket'], auth_time: START })
    expect(await isAlive(issuer, body.access_token ?? '')).toBe(true)
    expect(issuer.events.findLast(({ event }) => event === 'issued')).toMatchObject({ event: 'issued', client_id: 'gate', grant_type: TICKET, issued: ['access_token', 'refresh_token', 'id_token'] })
    const refreshed = await tokensOf(await issuer.fetch(tokenRequest({ grant_type: 'refresh_token', refresh_token: body.refresh_token }, GATE)))
    expect(claimsOf(refreshed.access_token)).toMatchObject({ sub: 'alice', seat: '4A', acr: 'urn:example:gate' })
  })
  it('2 no subject: a token for the client itself, and nothing else', async () => {
    const issuer = gated()
    const body = (await (await issuer.fetch(asking('freight'))).json()) as Record<string, string>
    expect(body).toEqual({ access_token: expect.any(String) as string, token_type: 'Bearer', expires_in: 3_600, scope: 'api reports', lane: 'B' })
    expect(issuer.count('authorization')).toBe(0)
  })
  it('2 a token for itself is nothing for a public client, nor one about users', async () => {
    const issuer = gated(() => Promise.resolve({}))
    await expectError(await refused(issuer, 'grant_type_not_allowed', () => issuer.fetch(asking('t', KIOSK, {}))), 400, 'unauthorized_client')
    await expectError(await refused(issuer, 'scope_needs_user', () => issuer.fetch(asking('t', { scope: 'openid' }))), 400, 'invalid_scope')
  })
  it('3 an error of its own, with description and members', async () => {
    const issuer = gated()
    const answer = await refused(issuer, 'extension_refused', () => issuer.fetch(asking('alice', { seat: 'taken' })))
    expect([answer.status, await answer.json()]).toEqual([400, { error: 'invalid_target', error_description: 'The seat is ?taken?.', seat: 'taken' }])
    expect(issuer.events.at(-1)).toMatchObject({ facts: { seat: 'taken', error: 'invalid_target' } })
    await expectError(await refused(issuer, 'extension_refused', () => issuer.fetch(asking('alice', { seat: 'staff' }))), 401, 'invalid_client', BASIC_CHALLENGE)
    await expectError(await refused(issuer, 'extension_refused', () => issuer.fetch(asking('nosuch'))), 400, 'invalid_grant')
  })
  it('3 every allowed error, and no other', async () => {
    for (const error of [...EXTENSION_ERRORS, 'server_error', 'constructor']) {
      const { told } = refuseGrant({ error: error as 'invalid_grant' })
      expect(told?.error).toBe(EXTENSION_ERRORS.some((known) => known === error) ? error : 'invalid_grant')
    }
    expect(refuseGrant({ error: 'invalid_grant', description: `a\n"b\\ü${'x'.repeat(400)}` }).told?.description).toMatch(/^a\?\?b\?\?x{194}$/)
  })
  it('4 a client that has not the grant', async () => {
    const issuer = gated()
    await expectError(await refused(issuer, 'grant_type_not_allowed', () => issuer.fetch(asking('alice', {}, WEB))), 400, 'unauthorized_client')
    await expectError(await refused(issuer, 'parameter_missing', () => issuer.fetch(tokenRequest({ grant_type: TICKET }, GATE))), 400, 'invalid_request')
  })
  it('5 a grant that nobody installed', async () => {
    const issuer = testIssuer()
    await expectError(await refused(issuer, 'grant_type_unsupported', () => issuer.fetch(asking('alice', {}, WEB))), 400, 'unsupported_grant_type')
  })
  it('6 a scope or resource that can not be', async () => {
    const issuer = gated()
    for (const [scope, key] of [['nosuch', 'scope_unknown'], ['admin', 'scope_not_allowed'], ['a"b', 'scope_malformed'], [' ', 'scope_empty']] as const) {
      await expectError(await refused(issuer, key, () => issuer.fetch(asking('alice', { scope }))), 400, 'invalid_scope')
    }
    await expectError(await refused(issuer, 'resource_not_granted', () => issuer.fetch(asking('alice', { scope: 'api', resource: REPORTS }))), 400, 'invalid_target')
  })
  it('7 an account that is unknown or disabled', async () => {
    const issuer = gated()
    issuer.accounts.set('alice', { sub: 'alice', active: false, claims: {} })
    for (const ticket of ['alice', 'carol']) await expectError(await refused(issuer, 'account_inactive', () => issuer.fetch(asking(ticket))), 400, 'invalid_grant')
    expect(issuer.count('mark')).toBe(0)
  })
  it('is used once, however often it is raced for', async () => {
    const issuer = gated()
    const answers = await Promise.all(Array.from({ length: 20 }, () => issuer.fetch(asking('alice'))))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 19 }, () => 400)])
    expect([issuer.count('authorization'), issuer.count('mark')]).toEqual([1, 1])
  })
})

const FAULTY: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  'null': () => null,
  throws: () => {
    throw new Error('the secret of the extension')
  },
  'a promise': () => Promise.resolve({ kind: 'issue', writes: [] }),
  'a promise that fails': () => Promise.reject(new Error('the secret of the extension')),
  'an unknown kind': () => ({ kind: 'issue' }),
  'no token': () => ({ kind: 'issue', writes: [] }),
  'an unknown refusal': () => ({ kind: 'refusal', key: 'constructor', facts: {}, writes: [] }),
  'a refusal without facts': () => ({ kind: 'refusal', key: 'extension_refused', writes: [] }),
  'members that are no JSON': () => ({ kind: 'refusal', key: 'extension_refused', facts: {}, writes: [], told: { error: 'invalid_grant', members: { n: 1n } } }),
}

/** 8: whatever is no decision is a fault of the server: generic, nothing persisted, no stack. */
async function expectFault(issuer: Issuer, request: Request): Promise<void> {
  const answer = await refused(issuer, 'server_error', () => issuer.fetch(request))
  const copy = answer.clone()
  await expectError(answer, 500, 'server_error')
  expect(await copy.text()).not.toMatch(/secret|at |Error/)
}

describe('X10 an extension grant that fails', () => {
  it.each(Object.entries(FAULTY))('by answering %s', async (_, decide) => {
    const grant = defineGrant({ grant_type: TICKET, parameters: { ticket: required }, needs: () => ({}), decide: decide as () => Issue | Refusal })
    await expectFault(testIssuer({ clients: EXTENDED, grants: [grant] }), asking('alice'))
  })
  it('by throwing or refusing before it decides', async () => {
    const begun: readonly Grant['begin'][] = [() => undefined as unknown as Refusal, () => { throw new Error('the secret of the extension') }, () => ({ kind: 'refusal', key: 'nosuch' }) as unknown as Refusal]
    for (const begin of begun) await expectFault(testIssuer({ clients: EXTENDED, grants: [{ grant_type: TICKET, begin }] }), asking('alice'))
  })
  it('by an office that fails', async () => {
    await expectFault(gated(() => Promise.reject(new Error('the secret of the extension'))), asking('alice'))
  })
  it('by members that are no JSON, before anything is stored', async () => {
    await expectFault(gated(() => Promise.resolve({ sub: 'alice', members: { n: 1n } })), asking('alice', { scope: 'openid offline_access' }))
    await expectFault(gated(() => Promise.resolve({ sub: 'alice', claims: { n: 1n } })), asking('alice', { scope: 'openid offline_access' }))
  })
  it('by an office that never answers: it is told to end, and nothing is issued', async () => {
    let isTold = false
    const issuer = testIssuer({ clients: EXTENDED, grants: [ticketGrant((_, signal) => new Promise(() => (signal as AbortSignal).addEventListener('abort', () => (isTold = true))))] })
    await expectFault(issuer, asking('alice'))
    expect(isTold).toBe(true)
  })
})

describe('X09 an extension grant that claims what is not its own', () => {
  const forged = Object.fromEntries(RESERVED_CLAIMS.map((name) => [name, `forged ${name}`]))

  it.each(['alice', undefined])('has no say in them, for the subject %s', async (sub) => {
    const issuer = gated(() => Promise.resolve({ ...(sub === undefined ? {} : { sub }), claims: { ...forged, seat: '4A' } }))
    const { access_token, id_token = access_token } = await tokensOf(await issuer.fetch(asking('t', { scope: sub === undefined ? 'api' : 'openid api' })))
    expect(JSON.stringify(claimsOf(access_token))).not.toContain('forged')
    expect(claimsOf(access_token)).toMatchObject({ seat: '4A', iss: ISSUER, client_id: 'gate' })
    expect(JSON.stringify(claimsOf(id_token))).not.toContain('forged')
    expect(issuer.stored()).not.toContain('forged')
  })
  it('replaces no member of the token response', async () => {
    const members = { access_token: 'x', token_type: 'x', expires_in: 9, refresh_token: 'x', id_token: 'x', scope: 'x', error: 'x', error_description: 'x', mine: 'x' }
    const answer = await gated(() => Promise.resolve({ members })).fetch(asking('t', { scope: 'api' }))
    expect(await answer.json()).toEqual({ access_token: expect.stringContaining('.') as string, token_type: 'Bearer', expires_in: 3_600, scope: 'api', mine: 'x' })
  })
})

describe('the grants of a server', () => {
  it('are listed in discovery', async () => {
    const metadata = (await (await gated().fetch(new Request(`${ISSUER}/.well-known/openid-configuration`))).json()) as { grant_types_supported: string[] }
    expect(metadata.grant_types_supported).toContain(TICKET)
  })
  it('are each there once, or the server does not start', () => {
    const clash = ticketGrant(() => Promise.resolve(undefined))
    expect(() => testIssuer({ grants: [clash, clash] })).toThrow(ConfigurationError)
    expect(() => testIssuer({ grants: [{ ...clash, grant_type: 'authorization_code' }] })).toThrow(/defined twice/)
  })
  it('end with the authorization that they made', async () => {
    const own = defineGrant({ grant_type: TICKET, parameters: { scope: unbounded }, needs: () => ({}), decide: (input) => issueFor({ ...input, scope: input.request.scope, subject: { account: { sub: 'alice', active: true, claims: {} }, auth_time: input.now, amr: [] } }) })
    const issuer = testIssuer({ clients: EXTENDED, grants: [own] })
    const { access_token } = await tokensOf(await issuer.fetch(tokenRequest({ grant_type: TICKET, scope: 'openid' }, GATE)))
    issuer.accounts.delete('alice')
    expect((await issuer.fetch(userinfoRequest(access_token))).status).toBe(401)
  })
})
