import { describe, expect, test } from 'vitest'
import type { ClientOptions } from '../src/index.ts'
import { failing, issuer, metadata, now, setUp } from './issuer.ts'

const granted = (): Response => Response.json({ access_token: 'at', token_type: 'Bearer', expires_in: 60 })
const refused = (error: string, status = 400) => (): Response => Response.json({ error }, { status })
const unreachable = (): Promise<Response> => Promise.reject(new TypeError('failed'))
const pending = refused('authorization_pending')
const slowDown = refused('slow_down')
const offered = { device_code: 'dc', user_code: 'WDJB-MJHT', verification_uri: `${issuer}/device`, verification_uri_complete: `${issuer}/device?user_code=WDJB-MJHT`, expires_in: 900, interval: 5 }

/** A device whose clock moves only while it sleeps, and whose polls are answered in order, the last answer for ever. */
function deviceWith(answers: readonly (() => Response | Promise<Response>)[], { offer = {}, scope = 'api', signal, options }: { readonly offer?: object; readonly scope?: string; readonly signal?: AbortSignal; readonly options?: Partial<ClientOptions> } = {}) {
  let at = now
  let polls = 0
  const slept: number[] = []
  const { client, asked } = setUp({
    '/device_authorization': () => Response.json({ ...offered, ...offer }),
    '/token': () => (answers[polls++] ?? answers.at(-1) ?? pending)(),
  }, { now: () => at, ...options })
  const sleep = async (seconds: number): Promise<void> => {
    slept.push(seconds)
    at += seconds
    await Promise.resolve()
  }
  return { slept, asked, polls: () => polls, device: () => client.device({ scope, sleep, ...(signal && { signal }) }) }
}

describe('device authorization', () => {
  test('says what to show, and asks by form', async () => {
    const { device, asked } = deviceWith([granted])
    expect(await device()).toEqual({ userCode: 'WDJB-MJHT', verificationUri: `${issuer}/device`, verificationUriComplete: `${issuer}/device?user_code=WDJB-MJHT`, expiresAt: now + 900, poll: expect.any(Function) })
    expect(await asked[0]?.text()).toBe('scope=api&client_id=app')
  })
  test('polls with the device code until there are tokens, once for all who wait', async () => {
    const { device, asked, slept } = deviceWith([pending, pending, granted])
    const { poll } = await device()
    const [one, other] = await Promise.all([poll(), poll()])
    expect(one).toMatchObject({ issuer, clientId: 'app', accessToken: { token: 'at', scope: ['api'] } })
    expect(other).toBe(one)
    expect(await asked.at(-1)?.text()).toBe(new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'dc', client_id: 'app' }).toString())
    expect(slept).toEqual([5, 5, 5])
  })
  test.each<[string, object]>([
    ['device_response_malformed', { device_code: '' }], ['device_response_malformed', { device_code: 7 }], ['device_response_malformed', { user_code: undefined }],
    ['device_response_malformed', { user_code: '\u001b[2J' }], ['device_response_malformed', { interval: -1 }], ['device_response_malformed', { interval: 'soon' }],
    ['endpoint_not_allowed', { verification_uri: 'file:///etc/passwd' }], ['endpoint_not_allowed', { verification_uri: '--flag' }], ['endpoint_not_allowed', { verification_uri: 'http://op.example/device' }],
    ['endpoint_not_allowed', { verification_uri_complete: '$(calc)' }], ['endpoint_not_allowed', { verification_uri: 'https://169.254.169.254/' }], ['endpoint_not_allowed', { verification_uri: `${issuer}/\u001b[2J` }],
    ['expires_in_invalid', { expires_in: undefined }], ['expires_in_invalid', { expires_in: -1 }], ['expires_in_invalid', { expires_in: 'x' }],
  ])('is refused as %s with %j', async (code, offer) => {
    expect(await failing(deviceWith([granted], { offer }).device())).toBe(code)
  })
  test('is refused where the issuer offers none', async () => {
    const { client } = setUp({ '/.well-known/openid-configuration': () => Response.json({ ...metadata, device_authorization_endpoint: undefined }) })
    expect(await failing(client.device())).toBe('endpoint_missing')
  })
})

describe('the poller', () => {
  type Answer = () => Response | Promise<Response>
  const schedules: readonly (readonly [what: string, answers: readonly Answer[], slept: readonly number[], offer: object])[] = [
    ['keeps the interval', [pending, pending, granted], [5, 5, 5], {}],
    ['keeps an interval of the issuer', [pending, granted], [7, 7], { interval: 7 }],
    ['takes 5 seconds when the issuer says nothing', [pending, granted], [5, 5], { interval: undefined }],
    ['is slower for good after slow_down', [slowDown, pending, slowDown, pending, granted], [5, 10, 10, 15, 15], {}],
    ['backs off while nobody answers, and no longer', [unreachable, unreachable, unreachable, pending, granted], [5, 10, 20, 40, 5], {}],
    ['backs off from the slower interval', [slowDown, unreachable, pending, granted], [5, 10, 20, 10], {}],
    ['backs off to two minutes', [unreachable, unreachable, unreachable, unreachable, unreachable, unreachable, granted], [5, 10, 20, 40, 80, 120, 120], {}],
    ['outlives what may pass', [() => new Response('busy', { status: 503 }), () => new Response('', { status: 429 }), refused('temporarily_unavailable', 503), granted], [5, 10, 20, 40], {}],
  ]
  test.each(schedules)('%s', async (_, answers, expected, offer) => {
    const { device, slept } = deviceWith(answers, { offer })
    expect(await (await device()).poll()).toMatchObject({ accessToken: { token: 'at' } })
    expect(slept).toEqual(expected)
  })
  const ends: readonly (readonly [code: string, answer: Answer])[] = [
    ['access_denied', refused('access_denied')], ['expired_token', refused('expired_token')], ['invalid_grant', refused('invalid_grant')], ['invalid_client', refused('invalid_client', 401)],
    ['unauthorized_client', refused('unauthorized_client')], ['token_request_failed', refused('something_new')], ['http_error', () => new Response('no', { status: 400 })],
    ['token_response_malformed', () => new Response('<html>')], ['token_type_mismatch', () => Response.json({ access_token: 'at', token_type: 'DPoP' })],
    ['redirect_refused', () => new Response(null, { status: 307, headers: { location: 'https://evil.example' } })],
  ]
  test.each(ends)('stops at %s', async (code, answer) => {
    const { device, polls } = deviceWith([pending, answer])
    expect(await failing((await device()).poll())).toBe(code)
    expect(polls()).toBe(2)
  })
  test.each<[what: string, answer: Answer, slept: readonly number[]]>([
    ['nobody enters the code', pending, [5, 5, 2]],
    ['nobody answers', unreachable, [5, 7]],
  ])('gives up when the code expires, and asks no more, when %s', async (_, answer, expected) => {
    const { device, slept, polls } = deviceWith([answer], { offer: { expires_in: 12 } })
    expect(await failing((await device()).poll())).toBe('expired_token')
    expect(slept).toEqual(expected)
    expect(polls()).toBe(expected.length - 1)
  })
  test('ends when it is told to, asleep or before', async () => {
    const ending = new AbortController()
    const { client } = setUp({ '/device_authorization': () => Response.json(offered) })
    const { poll } = await client.device({ signal: ending.signal })
    const waiting = poll()
    ending.abort()
    expect(await failing(waiting)).toBe('aborted')
    expect(await failing(client.device({ signal: ending.signal }))).toBe('aborted')
  })
  test('ends when it is told to while a poll is under way', async () => {
    const ending = new AbortController()
    const { device } = deviceWith([() => {
      ending.abort()
      return new Promise(() => undefined)
    }], { signal: ending.signal })
    expect(await failing((await device()).poll())).toBe('aborted')
  })
  test('judges the ID Token', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const idToken = (change: object): string => `${part({ alg: 'ES256' })}.${part({ iss: issuer, sub: 'alice', aud: 'app', exp: now + 60, iat: now, ...change })}.c2ln`
    const withIdToken = (id_token?: string): Promise<unknown> => deviceWith([() => Response.json({ access_token: 'at', token_type: 'Bearer', id_token })], { scope: 'openid' }).device().then(({ poll }) => poll())
    expect(await withIdToken(idToken({}))).toMatchObject({ claims: { sub: 'alice' } })
    expect(await failing(withIdToken(idToken({ aud: 'other' })))).toBe('id_token_audience_mismatch')
    expect(await failing(withIdToken())).toBe('id_token_missing')
  })
})
