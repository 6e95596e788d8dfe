/** What a client may do, as its registration says it. */
export interface Combination {
  readonly grant_types: readonly string[]
  readonly response_types: readonly string[]
}

const CODE: Combination = { grant_types: ['authorization_code'], response_types: ['code'] }
const HYBRID: Combination = { grant_types: ['authorization_code', 'implicit'], response_types: ['code id_token', 'code token', 'code id_token token'] }
const IMPLICIT: Combination = { grant_types: ['implicit'], response_types: ['token', 'id_token', 'id_token token'] }
const PASSWORD: Combination = { grant_types: ['password'], response_types: [] }

function withClientCredentials({ grant_types, response_types }: Combination): Combination {
  return { grant_types: [...grant_types, 'client_credentials'], response_types }
}

/**
 * The usual combinations by name, to be spread into a client's metadata: `{ client_id, ...GrantTypes.code }`. Those with front-channel
 * access tokens need `policy.accessTokensInFrontChannel`, or profile oidc or legacy, which sets it; implicit and password need profile legacy.
 */
export const GrantTypes = {
  implicit: IMPLICIT,
  implicitAndClientCredentials: withClientCredentials(IMPLICIT),
  code: CODE,
  codeAndClientCredentials: withClientCredentials(CODE),
  hybrid: HYBRID,
  hybridAndClientCredentials: withClientCredentials(HYBRID),
  clientCredentials: { grant_types: ['client_credentials'], response_types: [] },
  resourceOwnerPassword: PASSWORD,
  resourceOwnerPasswordAndClientCredentials: withClientCredentials(PASSWORD),
  deviceFlow: { grant_types: ['urn:ietf:params:oauth:grant-type:device_code'], response_types: [] },
} as const satisfies Record<string, Combination>
