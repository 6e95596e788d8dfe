import type { Measured } from './measure.ts'
import type { Row } from './rows.ts'

/** Throws unless the servers of a row answered with the tokens that the row is about. */
export function mustBeSameWork(row: Row, measured: readonly Measured[]): void {
  for (const { contestant, sample } of measured) {
    if (contestant === 'http' || contestant === 'signing') continue
    const { access_token, id_token } = JSON.parse(sample) as { access_token: string; id_token?: string }
    const found = { access_token: row.format === 'jwt' ? algOf(access_token) : access_token.includes('.') ? 'a JWT' : 'opaque', id_token: id_token === undefined ? 'none' : algOf(id_token) }
    const expected = { access_token: row.format === 'jwt' ? row.alg : 'opaque', id_token: row.work === 'code-flow' ? row.alg : 'none' }
    if (found.access_token !== expected.access_token || found.id_token !== expected.id_token) throw new Error(`${row.name}: ${contestant} answered ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`)
  }
}

function algOf(jwt: string): string {
  const header: unknown = JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString() || 'null')
  return typeof header === 'object' && header !== null && 'alg' in header ? String(header.alg) : 'no JWT'
}
