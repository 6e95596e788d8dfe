import { STANDARD_SCOPES, SCOPE_CLAIMS } from '../registry/claims.ts'
import { TOKEN_EXCHANGE } from '../registry/grant-types.ts'
import { ASSERTION_ALGORITHMS, CLIENT_AUTHENTICATION_METHODS } from '../registry/authentication-methods.ts'
import { carries, RESPONSE_MODES } from '../registry/response-types.ts'
import { REQUEST_OBJECT_ALGORITHMS } from '../authorization/request-object.ts'
import type { Catalogue } from '../resources/catalogue.ts'
import type { Client } from '../client/metadata.ts'

/** The endpoints that are switched on, as absolute URLs, under the names of RFC 8414. */
export type EndpointUrls = Readonly<Record<string, string>>

const SIGNED_BY_CLIENTS: readonly string[] = [...ASSERTION_ALGORITHMS.private_key_jwt, ...ASSERTION_ALGORITHMS.client_secret_jwt]

/** Grants that nobody should see offered unless a client has them. @spec RFC 9700 §2.4, RFC 8693 §5 */
const ONLY_WHERE_USED: readonly string[] = ['password', TOKEN_EXCHANGE]

/** What a server says about itself: everything that works, and nothing that does not. @spec RFC 8414 §2, OpenID Connect Discovery §3 */
export function serverMetadata(catalogue: Catalogue, endpoints: EndpointUrls, grants: readonly string[], idTokenAlgorithms: readonly string[], clients: readonly Client[]): Readonly<Record<string, unknown>> {
  const used = new Set(clients.flatMap((client) => client.grant_types))
  const response_types = new Set<string>(['code', ...clients.flatMap((client) => client.response_types)])
  return {
    issuer: catalogue.issuer,
    ...endpoints,
    scopes_supported: [...new Set([...STANDARD_SCOPES, ...catalogue.scopes.keys()])],
    grant_types_supported: grants.filter((grant) => !ONLY_WHERE_USED.includes(grant) || used.has(grant)).concat(used.has('implicit') ? ['implicit'] : []),
    ...where(endpoints['authorization_endpoint'], {
      response_types_supported: [...response_types],
      response_modes_supported: RESPONSE_MODES,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      claims_parameter_supported: true,
      request_parameter_supported: true,
      request_uri_parameter_supported: true,
      require_request_uri_registration: true,
      request_object_signing_alg_values_supported: REQUEST_OBJECT_ALGORITHMS,
      prompt_values_supported: catalogue.prompts,
      ...(catalogue.acrValues.length === 0 ? {} : { acr_values_supported: catalogue.acrValues }),
    }),
    ...where(endpoints['token_endpoint'], { token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS, token_endpoint_auth_signing_alg_values_supported: SIGNED_BY_CLIENTS }),
    ...where(endpoints['revocation_endpoint'], { revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS, revocation_endpoint_auth_signing_alg_values_supported: SIGNED_BY_CLIENTS }),
    ...where(endpoints['introspection_endpoint'], { introspection_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS.filter((method) => method !== 'none'), introspection_endpoint_auth_signing_alg_values_supported: SIGNED_BY_CLIENTS }),
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: idTokenAlgorithms,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'auth_time', ...(catalogue.acrValues.length === 0 ? [] : ['acr']), 'amr', 'sid', 'nonce', 'at_hash', ...(clients.some(getsFrontIdToken) ? ['c_hash', 's_hash'] : []), ...Object.values(SCOPE_CLAIMS).flat()],
  }
}

/** Members that mean nothing without an endpoint: none when it is switched off. */
function where<Members extends object>(endpoint: string | undefined, members: Members): Members | undefined {
  return endpoint === undefined ? undefined : members
}

function getsFrontIdToken({ response_types }: Client): boolean {
  return response_types.some((type) => carries(type, 'id_token'))
}
