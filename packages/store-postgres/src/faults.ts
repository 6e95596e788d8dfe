import { DatabaseError } from 'pg'

/** How a transaction ends that another one stood in the way of: it is undone, and the same work may succeed. */
const CONTENDED = new Set(['40001', '40P01'])
/** The server is going, or may not write: another connection may lead to one that stays. */
const UNFIT = /^(08|25006|57P0)/
/** The statement as a whole was refused for a reason that has nothing to do with what it says. */
const BESIDE_THE_POINT = /^(08|25|53|57|58|XX)/

/** Whether the transaction was undone for the sake of another, so that trying again is safe. */
export function isContended(error: unknown): boolean {
  return error instanceof DatabaseError && CONTENDED.has(error.code ?? '')
}

/** Whether the connection that gave this error should be given up for a new one. */
export function isUnfit(error: unknown): boolean {
  return error instanceof DatabaseError && UNFIT.test(error.code ?? '')
}

/** Whether the database refused what a statement says, so that only a part of it may be to blame. */
export function isObjection(error: unknown): boolean {
  return error instanceof DatabaseError && !BESIDE_THE_POINT.test(error.code ?? 'XX')
}

const NOT_TRUSTED = 'its certificate is not trusted; name the authority with sslrootcert'

/** Why the database could not be opened, by the code of the failure, in words for the operator. */
const REASONS: Readonly<Record<string, string>> = {
  '28': 'it refuses the user or the password',
  '3D000': 'there is no database of that name',
  '42501': 'the user lacks a permission there',
  '53300': 'it has no connection left',
  '57P03': 'it is starting up or shutting down',
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'the name of the host is not known',
  EAI_AGAIN: 'the name of the host could not be looked up',
  ENOENT: 'there is no such socket',
  EHOSTUNREACH: 'the host can not be reached',
  ENETUNREACH: 'the host can not be reached',
  ETIMEDOUT: 'it did not answer in time',
  DEPTH_ZERO_SELF_SIGNED_CERT: NOT_TRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  UNABLE_TO_: NOT_TRUSTED,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
}

/** The reason of a failure to open the database, without a password or an address in it. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0])
  if (!(error instanceof Error)) return 'the reason is unknown'
  const code: unknown = Reflect.get(error, 'code')
  if (typeof code !== 'string') return error.message === 'timeout expired' ? 'it did not answer in time' : error.message
  const known = Object.keys(REASONS).find((name) => code.startsWith(name))
  return (known === undefined ? undefined : REASONS[known]) ?? code
}
