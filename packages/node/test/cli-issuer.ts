import { createCliAuth, type CliAuth, type CliAuthOptions } from '../src/index.ts'
import { ISSUER, signed, START } from './web-issuer.ts'

export const desktop = { platform: 'linux', env: { DISPLAY: ':0' } } as const
export const remote = { platform: 'linux', env: { DISPLAY: ':0', SSH_CONNECTION: '10.0.0.1 22' } } as const

/** A command line, its issuer without sockets, and a clock that only the test moves. */
export interface CliWorld {
  readonly cli: CliAuth
  readonly clock: { now: number }
  /** The grant types asked for, in order. */
  readonly grants: string[]
  readonly metadata: Record<string, unknown>
  readonly answers: Record<string, (form: URLSearchParams) => Response | Promise<Response>>
  another(change?: Partial<CliAuthOptions>): CliAuth
}

/** Sets up the world; a refresh token counts once, and the user needs two polls to say yes. */
export function setUpCli(change: Partial<CliAuthOptions> = {}): CliWorld {
  const clock = { now: START }
  const grants: string[] = []
  const state = { serial: 1, live: '', polls: 0 }
  const metadata: Record<string, unknown> = {
    issuer: ISSUER, authorization_endpoint: `${ISSUER}/authorize`, token_endpoint: `${ISSUER}/token`, device_authorization_endpoint: `${ISSUER}/device`,
    revocation_endpoint: `${ISSUER}/revoke`, userinfo_endpoint: `${ISSUER}/userinfo`, authorization_response_iss_parameter_supported: true,
  }
  const answers: CliWorld['answers'] = {
    '/.well-known/openid-configuration': () => Response.json(metadata),
    '/device': () => Response.json({ device_code: 'device', user_code: 'ABCD-EFGH', verification_uri: `${ISSUER}/go`, verification_uri_complete: `${ISSUER}/go?code=ABCD-EFGH`, expires_in: 600, interval: 5 }),
    '/revoke': () => new Response(null),
    '/userinfo': () => Response.json({ sub: 'alice', email: 'alice@example.com' }),
    '/token': async (form) => {
      const grant = form.get('grant_type') ?? ''
      grants.push(grant)
      if (grant === 'refresh_token' && form.get('refresh_token') !== state.live) return Response.json({ error: 'invalid_grant' }, { status: 400 })
      if (grant.endsWith('device_code') && (state.polls += 1) < 2) return Response.json({ error: 'authorization_pending' }, { status: 400 })
      const serial = state.serial++
      state.live = `rt-${serial}`
      const id_token = grant === 'refresh_token' ? undefined : await signed({ iss: ISSUER, sub: 'alice', aud: 'cli', iat: clock.now, exp: clock.now + 300, nonce: form.get('code') ?? undefined })
      return Response.json({ access_token: `at-${serial}`, token_type: 'Bearer', expires_in: 600, refresh_token: state.live, id_token })
    },
  }
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const answer = answers[new URL(request.url).pathname]
    return answer === undefined ? new Response(null, { status: 404 }) : answer(new URLSearchParams(await request.text()))
  }
  const another = (more: Partial<CliAuthOptions> = {}) => createCliAuth({ issuer: ISSUER, clientId: 'cli', fetch, now: () => clock.now, machine: desktop, ...change, ...more })
  return { cli: another(), clock, grants, metadata, answers, another }
}

/** A browser that signs in at once: it goes to where the issuer would send it, with parameters bent as told. */
export function signIn(change: Readonly<Record<string, string | undefined>> = {}, seen: Response[] = []): (url: string) => Promise<boolean> {
  return async (url) => {
    const { redirect_uri = '', state = '', nonce = '' } = Object.fromEntries(new URL(url).searchParams)
    const parameters = Object.entries({ code: nonce, state, iss: ISSUER, ...change }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
    seen.push(await fetch(`${redirect_uri}?${new URLSearchParams(parameters)}`))
    return true
  }
}
