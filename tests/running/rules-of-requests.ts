import { exportJWK, generateKeyPair } from 'jose'
import { expect } from 'vitest'
import { importBlock } from './block-module.ts'
import { startConfigured } from './configured.ts'
import type { Rules } from './quickstart.ts'
import { registration } from './registration.ts'
import { here, type Place } from './rules-of-flows.ts'
import { CAROL } from './rules-of-servers.ts'
import { pageOf, signIn, UserAgent } from './user-agent.ts'

const PUSHED = { request_uri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:/) as string }
const CHALLENGE = { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' }

/** The rules of the page about what a client asks for, and how that travels. */
export function rulesOfRequests(place: () => Place): Rules {
  return {
    'pushed-request.md': [
      {
        language: 'sh',
        how: 'answers a request_uri',
        run: async ({ page, text }) => expect(JSON.parse(await place().shellOf(page).run(here(text, place().demo)))).toEqual({ ...PUSHED, expires_in: 60 }),
      },
      { language: 'ts', how: 'sends the user, who comes back with a code', run: ({ text }) => sendsTheUser(text, place()) },
      registration,
      { language: 'ts', how: 'signs a request that a server takes from a client that must sign', run: ({ text }) => signsRequests(text) },
    ],
  }
}

async function sendsTheUser(text: string, { demo }: Place): Promise<void> {
  const signInUrl = (await importBlock(here(text, demo)))['signInUrl'] as (parameters: Record<string, string>) => Promise<URL>
  const redirect_uri = `${demo.web}/callback`
  const url = await signInUrl({ response_type: 'code', redirect_uri, scope: 'openid profile', state: 'S1', ...CHALLENGE })
  expect([...url.searchParams.keys()]).toEqual(['client_id', 'request_uri'])
  const back = await signIn(new UserAgent(demo.issuer), url)
  expect([back.origin + back.pathname, back.searchParams.get('state'), back.searchParams.has('code')]).toEqual([redirect_uri, 'S1', true])
  await expect(signInUrl({ response_type: 'code', redirect_uri: 'https://evil.example/cb' })).rejects.toThrow('not registered')
}

async function signsRequests(text: string): Promise<void> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const redirect_uri = 'http://localhost:4702/callback'
  const client = { client_id: 'web', token_endpoint_auth_method: 'none', redirect_uris: [redirect_uri], scope: 'openid', require_signed_request_object: true, policy: { consent: 'never' }, jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'web-1' }] } }
  const server = await startConfigured({ users: [CAROL], clients: [client] })
  try {
    const block = await importBlock(text.replaceAll('http://localhost:4700', server.issuer))
    const signedRequest = block['signedRequest'] as (parameters: Record<string, string>, key: typeof privateKey) => Promise<string>
    const request = await signedRequest({ client_id: 'web', response_type: 'code', redirect_uri, scope: 'openid', state: 'S1', ...CHALLENGE }, privateKey)
    const agent = new UserAgent(server.issuer)
    const login = pageOf(await agent.visit(`${server.issuer}/authorize?${new URLSearchParams({ client_id: 'web', request })}`))
    const { left } = await agent.submit(login, { username: 'carol', password: 'carol' })
    expect([left?.searchParams.get('state'), left?.searchParams.has('code')]).toEqual(['S1', true])
  } finally {
    await server.stop()
  }
}
