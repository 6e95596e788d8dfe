import { createHash, randomBytes } from 'node:crypto'
import { API_SCOPE, CLIENT_ID, REDIRECT_URI, RESOURCE } from '../setting.ts'
import { browserOn } from './browser.ts'
import type { Answer, Connection } from './connection.ts'
import { tokenRequest } from './request.ts'

/** What one connection does over and over; each call is one unit of work and answers the token response. */
export type Work = () => Promise<string>

export const WORKS = { 'client-credentials': clientCredentials, 'code-flow': codeFlow } as const
export type WorkName = keyof typeof WORKS

/** One token request of a machine. */
function clientCredentials(connection: Connection, port: number): Work {
  const request = tokenRequest(port, { grant_type: 'client_credentials', scope: API_SCOPE })
  return async () => tokensIn(await connection.ask(request))
}

/** Authorization request, redirect with the code, token request. The first round also signs in. @spec RFC 6749 §4.1, RFC 7636 §4 */
function codeFlow(connection: Connection, port: number, authorizationPath: string): Work {
  const browser = browserOn(connection, port)
  const code_verifier = randomBytes(32).toString('base64url')
  const code_challenge = createHash('sha256').update(code_verifier).digest('base64url')
  const query = new URLSearchParams({ client_id: CLIENT_ID, response_type: 'code', redirect_uri: REDIRECT_URI, scope: `openid ${API_SCOPE}`, resource: RESOURCE, code_challenge, code_challenge_method: 'S256', state: 'bench-state-0001', nonce: 'bench-nonce-0001' })
  const path = `${authorizationPath}?${query}`
  return async () => {
    const code = /[?&]code=([^&]+)/.exec(await browser.follow(path))?.[1]
    if (code === undefined) throw new Error('the authorization response has no code')
    return tokensIn(await connection.ask(tokenRequest(port, { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, code_verifier })))
  }
}

function tokensIn({ status, body }: Answer): string {
  if (status !== 200 || !body.includes('"access_token"')) throw new Error(`no token: ${status} ${body.slice(0, 300)}`)
  return body
}
