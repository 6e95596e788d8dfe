import type { AcrWish } from './acr.ts'
import { type ClaimsRequest, type ParsedClaims, parseClaims } from './claims-request.ts'
import { isRefusal, refuse, type Refusal, returned } from '../decision.ts'
import type { Seconds } from '../brand.ts'
import { type Form, tellableName } from '../form.ts'
import type { Client } from '../client/metadata.ts'
import { carries, parseResponseType, type ResponseType } from '../registry/response-types.ts'
import { requestedResources } from '../resources/audience.ts'
import { type Catalogue, reaches } from '../resources/catalogue.ts'
import { requestedScope } from '../resources/scope.ts'
import { isCodeChallenge } from './pkce.ts'
import { parsePrompt, type Prompt } from './prompt.ts'
import { parseReturnAddress, type ReturnAddress, withResponseMode } from './return-address.ts'

/** An authorization request that may be put to the user. It is kept as it stands here; nothing later comes from the browser. */
export interface AuthorizationRequest {
  readonly client_id: string
  readonly response_type: ResponseType
  readonly returnTo: ReturnAddress
  readonly scope: readonly string[]
  readonly resource: readonly string[]
  readonly prompt: readonly Prompt[]
  readonly code_challenge?: string
  readonly nonce?: string
  readonly max_age?: Seconds
  readonly login_hint?: string
  readonly ui_locales?: string
  readonly acr?: AcrWish
  readonly claimsRequest?: ClaimsRequest
  /** The only subject for whom the request is: that of an `id_token_hint` that was verified, or the one the `claims` parameter names. */
  readonly hintedSubject?: string
}

const NOT_OFFERED = [
  ['request', 'request_not_supported'],
  ['request_uri', 'request_uri_not_supported'],
  ['registration', 'registration_not_supported'],
] as const
const LONGEST = 2_048

/** The authorization request of a client, or a refusal that knows whether it may travel to the client. @spec RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1 */
export function parseAuthorizationRequest(form: Form, client: Client, catalogue: Catalogue): AuthorizationRequest | Refusal {
  const address = parseReturnAddress(form, client, catalogue.issuer)
  if (isRefusal(address)) return address
  const returnTo = withResponseMode(form, address)
  if (isRefusal(returnTo)) return returnTo
  const request = parseBody(form, client, catalogue, returnTo)
  return isRefusal(request) ? returned(request, returnTo) : request
}

function parseBody(form: Form, client: Client, catalogue: Catalogue, returnTo: ReturnAddress): AuthorizationRequest | Refusal {
  if (form.repeated.length > 0) return refuse('parameter_repeated', { parameter: tellableName(form.repeated[0]) })
  const refused = NOT_OFFERED.find(([name]) => form.one(name) !== undefined)
  if (refused !== undefined) return refuse(refused[1])
  const long = ['state', 'nonce', 'login_hint', 'ui_locales', 'acr_values', 'claims_locales', 'display'].find((name) => (form.one(name) ?? '').length > LONGEST)
  if (long !== undefined) return refuse('parameter_too_long', { parameter: long })
  const response_type = parseAllowedResponseType(form, client)
  if (isRefusal(response_type)) return response_type
  const resource = requestedResources(form.all('resource'), catalogue)
  if (isRefusal(resource)) return resource
  const scope = requestedScope(form.one('scope'), resource, client, catalogue)
  if (isRefusal(scope)) return scope
  const beyond = resource.find((uri) => !reaches(scope, uri, catalogue))
  if (beyond !== undefined) return refuse('resource_out_of_scope', { resource: beyond })
  const mismatch = frontChannelFault(response_type, scope, form.one('nonce'))
  if (mismatch !== undefined) return mismatch
  const code_challenge = parseCodeChallenge(form, client, response_type)
  if (isRefusal(code_challenge)) return code_challenge
  const prompt = parsePrompt(form.one('prompt'), catalogue.prompts)
  if (isRefusal(prompt)) return prompt
  const max_age = parseMaxAge(form.one('max_age'))
  if (isRefusal(max_age)) return max_age
  const claims = parseClaims(form.one('claims'), client)
  if (isRefusal(claims)) return claims
  const acr = acrWish(form.one('acr_values'), claims, client)
  return {
    client_id: client.client_id,
    response_type,
    returnTo,
    scope,
    resource,
    prompt,
    ...defined({ code_challenge, max_age, acr, claimsRequest: claims.claimsRequest, hintedSubject: claims.sub, nonce: form.one('nonce'), login_hint: form.one('login_hint'), ui_locales: form.one('ui_locales') }),
  }
}

function parseAllowedResponseType(form: Form, client: Client): ResponseType | Refusal {
  const text = form.one('response_type')
  if (text === undefined) return refuse('response_type_missing')
  const response_type = parseResponseType(text)
  if (response_type === undefined) return refuse('response_type_unsupported')
  return client.response_types.includes(response_type) ? response_type : refuse('response_type_not_allowed', { response_type })
}

/** What an ID Token of the front channel needs. @spec OpenID Connect Core §3.2.2.1, §3.3.2.1 */
function frontChannelFault(response_type: ResponseType, scope: readonly string[], nonce: string | undefined): Refusal | undefined {
  if (!carries(response_type, 'id_token')) return undefined
  if (!scope.includes('openid')) return refuse('openid_missing', { response_type })
  return nonce === undefined ? refuse('nonce_missing', { response_type }) : undefined
}

/** @spec RFC 7636 §4.3, RFC 9700 §2.1.1 */
function parseCodeChallenge(form: Form, client: Client, response_type: ResponseType): string | undefined | Refusal {
  const challenge = form.one('code_challenge')
  const method = form.one('code_challenge_method')
  if (challenge === undefined && method === undefined) return client.policy.pkce === 'required' && carries(response_type, 'code') ? refuse('code_challenge_missing') : undefined
  if (method !== 'S256') return refuse('code_challenge_method_unsupported')
  if (challenge === undefined) return refuse('code_challenge_missing')
  return isCodeChallenge(challenge) ? challenge : refuse('code_challenge_malformed')
}

/** What the `claims` parameter says of `acr` counts before `acr_values`, and these before what the client registered. @spec OpenID Connect Core §3.1.2.1, §5.5.1.1 */
function acrWish(acr_values: string | undefined, { essentialAcr, voluntaryAcr }: ParsedClaims, { default_acr_values }: Client): AcrWish | undefined {
  const named = acr_values?.split(' ').filter((value) => value !== '')
  const values = essentialAcr ?? voluntaryAcr ?? named ?? default_acr_values ?? []
  return values.length === 0 ? undefined : { values, isEssential: essentialAcr !== undefined }
}

function parseMaxAge(text: string | undefined): Seconds | undefined | Refusal {
  if (text === undefined) return undefined
  return /^\d{1,9}$/.test(text) ? Number(text) : refuse('max_age_malformed')
}

/** The members that have a value. */
function defined<T extends object>(members: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as { [Name in keyof T]?: Exclude<T[Name], undefined> }
}
