import { createCliAuth } from '@latchkey/node'
import { describe, expect, test } from 'vitest'
import { EXIT, signIn } from '../src/sign-in.ts'

const issuer = 'http://localhost:4700'
const offered = { device_code: 'dc', user_code: 'WDJB-MJHT', verification_uri: `${issuer}/device`, verification_uri_complete: `${issuer}/device?user_code=WDJB-MJHT`, expires_in: 600, interval: 5 }
const endpoints = { issuer, token_endpoint: `${issuer}/token`, device_authorization_endpoint: `${issuer}/device_authorization`, userinfo_endpoint: `${issuer}/userinfo` }

function idToken(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  return `${part({ alg: 'ES256' })}.${part({ iss: issuer, sub: 'alice', aud: 'tv', exp: now + 60, iat: now, ...claims })}.c2ln`
}

/** Runs the program against an issuer that answers as told: its exit code, and what it wrote. */
async function run(answers: readonly (() => Response | Promise<Response>)[], { offer = offered as object, metadata = endpoints as object, person = {}, colours = false, signal = new AbortController().signal } = {}): Promise<{ readonly code: number; readonly said: string; readonly complained: string }> {
  let polls = 0
  const fetch: typeof globalThis.fetch = async input => {
    const { pathname } = new URL(input instanceof Request ? input.url : input)
    if (pathname === '/token') return (answers[polls++] ?? (() => Response.json({ error: 'authorization_pending' }, { status: 400 })))()
    return Response.json({ '/device_authorization': offer, '/userinfo': { sub: 'alice', ...person } }[pathname] ?? metadata)
  }
  const said: string[] = []
  const complained: string[] = []
  const terminal = { say: (text: string) => void said.push(text), complain: (text: string) => void complained.push(text), colours }
  const code = await signIn(createCliAuth({ issuer, clientId: 'tv', scope: 'openid profile email', fetch }), issuer, terminal, signal, () => Promise.resolve())
  return { code, said: said.join('\n'), complained: complained.join('\n') }
}

const refused = (error: string) => (): Response => Response.json({ error }, { status: 400 })
const granted = (claims: object = {}) => (): Response => Response.json({ access_token: 'at', token_type: 'Bearer', id_token: idToken(claims) })

describe('the device', () => {
  test('shows where to go, the code and a QR code, and then who signed in', async () => {
    const { code, said, complained } = await run([refused('authorization_pending'), granted()], { person: { name: 'Alice Anders' } })
    expect([code, complained]).toEqual([EXIT.signedIn, ''])
    for (const text of [`\n  ${issuer}/device\n`, '\n  WDJB-MJHT\n', '█', 'Signed in as Alice Anders.', 'sub                  alice']) expect(said).toContain(text)
    expect(said).not.toMatch(/\u001b|at_|\bdc\b/)
  })
  test('colours the QR code where that is seen', async () => {
    expect((await run([granted()], { colours: true })).said).toContain('\u001b[97;40m')
  })
  test('draws no QR code of an address that is not there', async () => {
    const { verification_uri_complete: _, ...offer } = offered
    const { said } = await run([granted()], { offer })
    expect(said).not.toContain('█')
    expect(said).not.toContain('scan')
  })
  test('obeys no control characters from the issuer', async () => {
    const { said } = await run([granted()], { person: { name: 'A\u001b[2J\u009b2J\u202eB', list: ['\u009b2J'] } })
    expect(said).toContain('Signed in as A [2J 2J B.')
    expect(said).not.toMatch(/[\u001b\u0080-\u009f\u202e]/)
  })
  test.each<[number, string, () => Response | Promise<Response>]>([
    [EXIT.denied, 'refused on the other device', refused('access_denied')],
    [EXIT.expired, 'has expired', refused('expired_token')],
    [EXIT.failed, 'invalid_client', refused('invalid_client')],
    [EXIT.failed, 'id token audience mismatch', granted({ aud: 'other' })],
  ])('ends with %i: %s', async (code, text, answer) => {
    const ended = await run([refused('authorization_pending'), answer])
    expect(ended.code).toBe(code)
    expect(ended.complained).toContain(text)
  })
  test('says when the issuer signs in no devices, or is not there', async () => {
    const { device_authorization_endpoint: _, ...metadata } = endpoints
    expect(await run([], { metadata })).toMatchObject({ code: EXIT.failed, complained: `${issuer} does not sign in devices, or does not say who signed in.` })
    const gone = createCliAuth({ issuer, clientId: 'tv', fetch: () => Promise.reject(new TypeError('failed')) })
    const complained: string[] = []
    expect(await signIn(gone, issuer, { say: () => undefined, complain: text => void complained.push(text), colours: false }, new AbortController().signal)).toBe(EXIT.failed)
    expect(complained).toEqual([`${issuer} cannot be reached. Is it running?`])
  })
  test('ends on Ctrl-C', async () => {
    const interruption = new AbortController()
    const ended = await run([() => {
      interruption.abort()
      return new Promise<Response>(() => undefined)
    }], { signal: interruption.signal })
    expect(ended).toMatchObject({ code: EXIT.interrupted, complained: expect.stringContaining('Interrupted') })
  })
})
