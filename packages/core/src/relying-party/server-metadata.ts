import { isJsonRecord, type JsonRecord } from './jws.ts'
import { refuseResponse, type RelyingPartyRefusal } from './refusals.ts'

/** A discovery document whose issuer and endpoints have been judged; the rest is as the issuer wrote it. */
export interface ServerMetadata extends JsonRecord {
  readonly issuer: string
  readonly authorization_endpoint?: string
  readonly token_endpoint?: string
  readonly userinfo_endpoint?: string
  readonly device_authorization_endpoint?: string
  readonly revocation_endpoint?: string
  readonly introspection_endpoint?: string
  readonly jwks_uri?: string
  readonly end_session_endpoint?: string
}

/** How a discovery document is judged. */
export interface ServerMetadataExpectation {
  readonly issuer: string
  /** Plain http is allowed beyond this machine; never for production. */
  readonly allowInsecure: boolean
}

const ENDPOINT = /(_endpoint|^jwks_uri)$/
const WEB_URL = /^(https?):\/\/([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?([/?][\x21\x23-\x5b\x5d\x5f\x61-\x7a\x7e%-]*)?$/i
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i
// Link-local addresses belong to cloud metadata services, never to an issuer.
const LINK_LOCAL = /^(169\.254\.|\[fe[89ab]|\[::ffff:(169\.254|a9fe))/i

/** Tells whether a URL may be used: https, or http on this machine, or any http when that was allowed. */
export function isUsableUrl(url: string, { allowInsecure, allowLoopback }: { readonly allowInsecure: boolean; readonly allowLoopback: boolean }): boolean {
  const [, scheme = '', host = ''] = WEB_URL.exec(url) ?? []
  if (scheme === '' || LINK_LOCAL.test(host)) return false
  return scheme.toLowerCase() === 'https' || allowInsecure || (allowLoopback && LOOPBACK.test(host))
}

/**
 * Decides on a discovery document: the issuer must be the one asked for, letter for letter, and every endpoint a web address.
 * @spec OpenID Connect Discovery §4.3, RFC 8414 §3.3
 */
export function decideServerMetadata(body: unknown, { issuer, allowInsecure }: ServerMetadataExpectation): { kind: 'accepted'; metadata: ServerMetadata } | RelyingPartyRefusal {
  if (!isJsonRecord(body) || typeof body['issuer'] !== 'string') return refuseResponse('metadata_malformed', 'issuer')
  if (body['issuer'] !== issuer) return refuseResponse('metadata_issuer_mismatch', differenceOf(issuer, body['issuer']))
  const allowed = { allowInsecure, allowLoopback: issuer.startsWith('http:') }
  const wrong = Object.entries(body).find(([name, value]) => ENDPOINT.test(name) && value !== null && !(typeof value === 'string' && isUsableUrl(value, allowed)))
  if (wrong !== undefined) return refuseResponse('endpoint_not_allowed', wrong[0])
  return { kind: 'accepted', metadata: { ...body, issuer } }
}

function differenceOf(asked: string, answered: string): string {
  const shown = answered.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
  const slash = `${asked}/` === answered || asked === `${answered}/` ? '; they differ only by a trailing slash' : ''
  return `${asked} says it is ${shown}${slash}`
}
