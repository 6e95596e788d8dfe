/** Every reason for which a relying party refuses what its issuer, or somebody posing as it, sent. */
export const relyingPartyRefusals = {
  metadata_malformed: 'the discovery document is not usable',
  metadata_issuer_mismatch: 'the discovery document names another issuer',
  endpoint_not_allowed: 'the discovery document names an endpoint that may not be used',
  response_malformed: 'the authorization response is malformed',
  state_mismatch: 'the response does not belong to this sign-in',
  state_expired: 'the sign-in took too long',
  issuer_missing: 'the response does not say which issuer sent it',
  issuer_mismatch: 'the response comes from another issuer',
  front_channel_token: 'the response carries a token that was not asked for',
  authorization_failed: 'the issuer refused the request',
  code_missing: 'the response carries no code',
  token_response_malformed: 'the token response is malformed',
  token_type_mismatch: 'the token type is not the one asked for',
  expires_in_invalid: 'expires_in is not a usable number of seconds',
  scope_malformed: 'the granted scope is malformed',
  id_token_missing: 'the response carries no ID Token',
  id_token_malformed: 'the ID Token is malformed',
  id_token_unsigned: 'the ID Token is not signed',
  id_token_alg_unexpected: 'the ID Token is signed with an algorithm that is not expected',
  id_token_claim_missing: 'a required claim of the ID Token is missing or malformed',
  id_token_issuer_mismatch: 'the ID Token comes from another issuer',
  id_token_audience_mismatch: 'the ID Token is meant for another client',
  id_token_audience_untrusted: 'the ID Token names a further audience without saying whom it was issued to',
  id_token_azp_mismatch: 'the ID Token was issued to another client',
  id_token_expired: 'the ID Token has expired',
  id_token_issued_in_future: 'the ID Token was issued in the future',
  id_token_not_yet_valid: 'the ID Token is not valid yet',
  nonce_mismatch: 'the ID Token answers another request',
  auth_time_missing: 'the ID Token does not say when the user signed in',
  auth_time_too_old: 'the user signed in too long ago',
  at_hash_missing: 'the ID Token does not vouch for the access token',
  at_hash_mismatch: 'the ID Token vouches for another access token',
  c_hash_missing: 'the ID Token does not vouch for the code',
  c_hash_mismatch: 'the ID Token vouches for another code',
  s_hash_missing: 'the ID Token does not vouch for the state',
  s_hash_mismatch: 'the ID Token vouches for another state',
  hash_alg_unknown: 'the hash that goes with the algorithm of the ID Token is not known',
  access_token_missing: 'the response carries no access token',
  id_tokens_differ: 'the two ID Tokens of one sign-in name different users',
  refreshed_identity_mismatch: 'the refreshed ID Token describes another sign-in',
  device_response_malformed: 'the device authorization response is malformed',
  pushed_response_malformed: 'the answer to the pushed authorization request is malformed',
  jwt_response_missing: 'the response is not the signed one that was asked for',
  jwt_response_malformed: 'the signed response is malformed',
  jwt_response_unsigned: 'the response is not signed',
  jwt_response_alg_unexpected: 'the response is signed with an algorithm that is not expected',
  jwt_response_claim_missing: 'a required claim of the signed response is missing or malformed',
  jwt_response_issuer_mismatch: 'the signed response comes from another issuer',
  jwt_response_audience_mismatch: 'the signed response is meant for another client',
  jwt_response_expired: 'the signed response has expired',
  logout_token_malformed: 'the logout token is malformed',
  logout_token_unsigned: 'the logout token is not signed',
  logout_token_alg_unexpected: 'the logout token is signed with an algorithm that is not expected',
  logout_token_type_unexpected: 'the token is of another type than a logout token',
  logout_token_claim_missing: 'a required claim of the logout token is missing or malformed',
  logout_token_issuer_mismatch: 'the logout token comes from another issuer',
  logout_token_audience_mismatch: 'the logout token is meant for another client',
  logout_token_expired: 'the logout token has expired',
  logout_token_issued_in_future: 'the logout token was issued in the future',
  logout_token_subject_missing: 'the logout token names neither a user nor a session',
  logout_token_event_missing: 'the logout token does not tell of a logout',
  logout_token_nonce_present: 'the logout token carries a nonce, as only ID Tokens do',
  logout_token_replayed: 'the logout token was used before',
  introspection_malformed: 'the introspection response is malformed',
  userinfo_malformed: 'the UserInfo response is malformed',
  userinfo_subject_mismatch: 'the UserInfo response describes another user',
} as const satisfies Record<string, string>

/** The name of a reason in {@link relyingPartyRefusals}. */
export type RelyingPartyRefusalKey = keyof typeof relyingPartyRefusals

/** An error as the issuer put it, cut to what is safe to show. @spec RFC 6749 §4.1.2.1, §5.2 */
export interface OAuthErrorResponse {
  readonly error: string
  readonly description?: string
  readonly uri?: string
}

/** A relying party's no: the reason, what was concerned, and the issuer's own error if it sent one. */
export interface RelyingPartyRefusal {
  readonly kind: 'refused'
  readonly reason: RelyingPartyRefusalKey
  /** Which parameter, claim or endpoint, and what was expected of it; never a secret. */
  readonly detail?: string | undefined
  readonly oauth?: OAuthErrorResponse
}

/** Makes a {@link RelyingPartyRefusal}. */
export function refuseResponse(reason: RelyingPartyRefusalKey, detail?: string): RelyingPartyRefusal {
  return { kind: 'refused', reason, detail }
}
