import type { TokenSet } from '@latchkey/client'
import { visible } from './report.ts'
import type { Paint } from './terminal.ts'

/** What people read about tokens that were granted; the tokens themselves are not in it. */
export function tokenSummary({ issuer, clientId, accessToken, refreshToken, claims }: TokenSet, paint: Paint): string {
  const { scope } = accessToken
  const rows: readonly (readonly [name: string, value: string | undefined])[] = [
    ['Issuer', issuer],
    ['Client', clientId],
    ['User', claims === undefined ? undefined : [claims['name'], claims.sub].filter((one) => typeof one === 'string').join(', ')],
    ['Scope', scope.length === 0 ? undefined : scope.join(' ')],
    ['Expires', expiryOf(accessToken)],
    ['Refresh token', refreshToken === undefined ? undefined : 'yes; --json shows it'],
  ]
  return `${paint.green('Access token granted.')}\n${rows.map(([name, value]) => (value === undefined ? '' : `  ${paint.dim(name.padEnd(15))}${visible(value)}\n`)).join('')}`
}

function expiryOf({ expiresAt }: TokenSet['accessToken']): string | undefined {
  return expiresAt === Number.MAX_SAFE_INTEGER ? undefined : new Date(expiresAt * 1_000).toISOString().replace('T', ' ').replace('.000Z', ' UTC')
}

/** Everything that was granted, by the names of a token response, and when the access token ends in seconds since 1970. @spec RFC 6749 §5.1 */
export function tokenJson({ accessToken: { token, type, expiresAt, scope }, refreshToken, idToken }: TokenSet): string {
  return `${JSON.stringify({
    access_token: token,
    token_type: type,
    ...(expiresAt === Number.MAX_SAFE_INTEGER ? {} : { expires_at: expiresAt }),
    scope: scope.join(' '),
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    ...(idToken === undefined ? {} : { id_token: idToken }),
  }, null, 2)}\n`
}
