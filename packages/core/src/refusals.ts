import type { ErrorCode } from './registry/error-codes.ts'

/** One way to say no. */
export interface RefusalRule {
  /** The error code on the wire; none where the specification wants a bare challenge. */
  readonly error?: ErrorCode
  readonly status: number
  /** What the caller reads: safe, and never telling which of several guesses was nearly right. */
  readonly caller: string
  /** What the operator reads: which rule refused. */
  readonly rule: string
  /** What the operator can do about it. */
  readonly remedy: string
  readonly spec: string
}

const CLIENT_AUTHENTICATION_FAILED = 'Client authentication failed.'
const CODE_NOT_VALID = 'The authorization code is not valid.'
const REFRESH_TOKEN_NOT_VALID = 'The refresh token is not valid.'
const DEVICE_CODE_NOT_VALID = 'The device code is not valid.'
const ASSERTION_NOT_VALID = 'The assertion is not valid.'
const SUBJECT_TOKEN_NOT_VALID = 'The subject_token is not valid.'
const ACCESS_TOKEN_NOT_VALID = 'The access token is not valid.'
const START_AGAIN = 'This sign-in can not go on. Go back to the application and start again.'

/** Every no that Latchkey says. Logs, audit, tests, documentation and `latchkey explain` speak of them by these keys. */
export const REFUSALS = {
  endpoint_unknown: { error: 'invalid_request', status: 404, caller: 'There is nothing at this address.', rule: 'No endpoint has this path.', remedy: 'Read the endpoints from discovery; paths are compared exactly.', spec: 'RFC 8414 §2' },
  method_not_allowed: { error: 'invalid_request', status: 405, caller: 'The endpoint does not answer this method.', rule: 'The endpoint does not answer this HTTP method.', remedy: 'Use the method named in the Allow header.', spec: 'RFC 6749 §3.2' },
  body_too_large: { error: 'invalid_request', status: 413, caller: 'The request is too large.', rule: 'The body is larger than the endpoint accepts.', remedy: 'Send fewer or shorter parameters.', spec: 'RFC 9110 §15.5.14' },
  content_type_unsupported: { error: 'invalid_request', status: 400, caller: 'The body must be application/x-www-form-urlencoded.', rule: 'The body is not a form.', remedy: 'Send Content-Type: application/x-www-form-urlencoded, in UTF-8.', spec: 'RFC 6749 §B' },
  parameters_in_query: { error: 'invalid_request', status: 400, caller: 'The parameters must be in the body.', rule: 'The request has parameters in its URL, where logs and proxies keep them.', remedy: 'Send all parameters in the body. If a secret was among them, replace it.', spec: 'RFC 6749 §3.2' },
  form_malformed: { error: 'invalid_request', status: 400, caller: 'The parameters are not correctly encoded.', rule: 'A percent-encoding is broken or not UTF-8.', remedy: 'Encode each name and value as UTF-8 and then by percent-encoding.', spec: 'RFC 6749 §B' },
  too_many_parameters: { error: 'invalid_request', status: 400, caller: 'The request has too many parameters.', rule: 'The request has more than 100 parameters.', remedy: 'Send only the parameters that the endpoint knows.', spec: 'RFC 6749 §3.2' },
  parameter_repeated: { error: 'invalid_request', status: 400, caller: 'A parameter is given more than once.', rule: 'A parameter that may appear once appears again.', remedy: 'Send each parameter once.', spec: 'RFC 6749 §3.2' },
  parameter_missing: { error: 'invalid_request', status: 400, caller: 'A required parameter is missing.', rule: 'A required parameter is absent or empty.', remedy: 'Send the parameter named in the facts.', spec: 'RFC 6749 §5.2' },
  parameter_too_long: { error: 'invalid_request', status: 400, caller: 'A parameter is too long.', rule: 'A parameter is longer than is accepted.', remedy: 'Shorten the parameter named in the facts.', spec: 'RFC 6749 §5.2' },

  client_missing: { error: 'invalid_client', status: 401, caller: CLIENT_AUTHENTICATION_FAILED, rule: 'The request names no client.', remedy: 'Send client_id, or HTTP Basic credentials.', spec: 'RFC 6749 §2.3' },
  client_unknown: { error: 'invalid_client', status: 401, caller: CLIENT_AUTHENTICATION_FAILED, rule: 'No client has this client_id.', remedy: 'Register the client, or correct its client_id.', spec: 'RFC 6749 §5.2' },
  client_credentials_malformed: { error: 'invalid_client', status: 401, caller: CLIENT_AUTHENTICATION_FAILED, rule: 'The Authorization header holds no readable Basic credentials.', remedy: 'Form-encode client_id and secret, join them with a colon, then encode in base64.', spec: 'RFC 6749 §2.3.1' },
  client_authentication_repeated: { error: 'invalid_request', status: 400, caller: 'The request authenticates the client in more than one way.', rule: 'Credentials arrived by more than one method, or for more than one client.', remedy: 'Use the registered method only.', spec: 'RFC 6749 §2.3' },
  client_authentication_method_mismatch: { error: 'invalid_client', status: 401, caller: CLIENT_AUTHENTICATION_FAILED, rule: 'The client authenticated by another method than the registered one.', remedy: 'Use the token_endpoint_auth_method of the client, or change it.', spec: 'RFC 7591 §2' },
  client_secret_wrong: { error: 'invalid_client', status: 401, caller: CLIENT_AUTHENTICATION_FAILED, rule: 'The secret is none of the client\'s current ones.', remedy: 'Compare the configured secret; set a new one if it is lost.', spec: 'RFC 6749 §2.3.1' },
  client_assertion_malformed: { error: 'invalid_client', status: 401, caller: CLIENT_AUTHENTICATION_FAILED, rule: 'The assertion is no JWT about a client, its type is not jwt-bearer, or its algorithm is none of those accepted.', remedy: 'Send client_assertion_type urn:ietf:params:oauth:client-assertion-type:jwt-bearer and a signed JWT with the client_id as sub.', spec: 'RFC 7523 §2.2' },
  client_assertion_of_another_client: { error: 'invalid_client', status: 401, caller: CLIENT_AUTHENTICATION_FAILED, rule: 'iss, sub and client_id are not one and the same.', remedy: 'Set iss and sub to the client_id.', spec: 'RFC 7523 §3' },
  client_assertion_algorithm: { error: 'invalid_client', status: 401, caller: CLIENT_AUTHENTICATION_FAILED, rule: 'The assertion is signed by another algorithm than the registered one.', remedy: 'Sign with token_endpoint_auth_signing_alg, or change it.', spec: 'OpenID Connect Dynamic Client Registration §2' },
  client_assertion_signature_wrong: { error: 'invalid_client', status: 401, caller: CLIENT_AUTHENTICATION_FAILED, rule: 'No key or secret of the client made the signature.', remedy: 'Compare the keys with jwks or jwks_uri of the client. Keys in the header are never used.', spec: 'RFC 7523 §3' },
  client_assertion_audience: { error: 'invalid_client', status: 401, caller: CLIENT_AUTHENTICATION_FAILED, rule: 'The audience of the assertion is not this server alone.', remedy: 'Set aud to the issuer; policy.assertionAudience endpoint accepts the URL of the endpoint, too.', spec: 'RFC 7523 §3' },
  client_assertion_incomplete: { error: 'invalid_client', status: 401, caller: CLIENT_AUTHENTICATION_FAILED, rule: 'The assertion lacks exp or jti, or one of its times is no number.', remedy: 'Send both; exp, iat and nbf are numbers of seconds.', spec: 'RFC 7523 §3' },
  client_assertion_time: { error: 'invalid_client', status: 401, caller: CLIENT_AUTHENTICATION_FAILED, rule: 'The assertion has expired, is not yet valid, or would last for more than an hour.', remedy: 'Make a new one for each request, good for a minute; compare the clocks.', spec: 'RFC 7523 §3' },
  client_assertion_replayed: { error: 'invalid_client', status: 401, caller: CLIENT_AUTHENTICATION_FAILED, rule: 'An assertion with this jti was used before.', remedy: 'Make a new one for each request.', spec: 'RFC 7523 §3' },
  client_keys_unreachable: { error: 'temporarily_unavailable', status: 503, caller: 'The server can not answer now. Try again.', rule: 'The keys of the client could not be fetched.', remedy: 'Look at the jwks_uri of the client, from this machine.', spec: 'OpenID Connect Core §10.1.1' },
  client_disabled: { error: 'invalid_client', status: 401, caller: CLIENT_AUTHENTICATION_FAILED, rule: 'The client is switched off.', remedy: 'Set enabled of the client to true, or leave it out.', spec: 'RFC 6749 §5.2' },
  client_secret_expired: { error: 'invalid_client', status: 401, caller: CLIENT_AUTHENTICATION_FAILED, rule: 'The secret was right and has expired.', remedy: 'Give the client a new secret.', spec: 'RFC 7591 §3.2.1' },

  grant_type_unsupported: { error: 'unsupported_grant_type', status: 400, caller: 'This grant type is not supported.', rule: 'No grant of this type is installed.', remedy: 'Use one of grant_types_supported in discovery.', spec: 'RFC 6749 §5.2' },
  grant_type_not_allowed: { error: 'unauthorized_client', status: 400, caller: 'The client may not use this grant type.', rule: 'The grant type is not among the client\'s grant_types.', remedy: 'Add it to the client\'s grant_types if it should be.', spec: 'RFC 6749 §5.2' },

  code_unknown: { error: 'invalid_grant', status: 400, caller: CODE_NOT_VALID, rule: 'No code with this value was issued, or its record has been cleaned up.', remedy: 'Redeem the code as it arrived, once, and soon.', spec: 'RFC 6749 §5.2' },
  code_of_another_client: { error: 'invalid_grant', status: 400, caller: CODE_NOT_VALID, rule: 'The code was issued to another client. It is not spent.', remedy: 'If this was no mistake, someone is trying a stolen code.', spec: 'RFC 6749 §4.1.3' },
  redirect_uri_mismatch: { error: 'invalid_grant', status: 400, caller: CODE_NOT_VALID, rule: 'The redirect_uri differs from that of the authorization request. The code is not spent.', remedy: 'Send the redirect_uri of the authorization request, to the letter.', spec: 'RFC 6749 §4.1.3' },
  code_verifier_mismatch: { error: 'invalid_grant', status: 400, caller: CODE_NOT_VALID, rule: 'The code_verifier is missing or does not match the code_challenge. The code is not spent.', remedy: 'Send the verifier whose S256 challenge began this flow.', spec: 'RFC 7636 §4.6' },
  code_verifier_unexpected: { error: 'invalid_grant', status: 400, caller: CODE_NOT_VALID, rule: 'A code_verifier was sent, but the authorization request had no code_challenge.', remedy: 'Send a code_challenge with the authorization request. If you did, someone removed it.', spec: 'RFC 9700 §4.8.2' },
  code_expired: { error: 'invalid_grant', status: 400, caller: CODE_NOT_VALID, rule: 'The code has expired.', remedy: 'Redeem the code at once; clocks do not matter, only ours is asked.', spec: 'RFC 6749 §4.1.2' },
  code_already_redeemed: { error: 'invalid_grant', status: 400, caller: CODE_NOT_VALID, rule: 'The code was redeemed moments ago. Taken for a double submit: nothing is revoked.', remedy: 'Redeem a code once; make the callback single-flight.', spec: 'RFC 6749 §4.1.2' },
  code_replayed: { error: 'invalid_grant', status: 400, caller: CODE_NOT_VALID, rule: 'The code was redeemed before. Everything issued from it is revoked.', remedy: 'Find out who sent it again: a client that retries, or a thief.', spec: 'RFC 6749 §4.1.2' },
  authorization_revoked: { error: 'invalid_grant', status: 400, caller: 'The authorization is no longer valid.', rule: 'The authorization behind the token was revoked.', remedy: 'Send the user to sign in again.', spec: 'RFC 6749 §5.2' },
  account_inactive: { error: 'invalid_grant', status: 400, caller: 'The authorization is no longer valid.', rule: 'The user is unknown or disabled.', remedy: 'Enable the user if that is not meant.', spec: 'RFC 6749 §5.2' },

  refresh_token_unknown: { error: 'invalid_grant', status: 400, caller: REFRESH_TOKEN_NOT_VALID, rule: 'This is no refresh token of ours, or its record has been cleaned up.', remedy: 'Send the refresh token as it arrived.', spec: 'RFC 6749 §5.2' },
  refresh_token_of_another_client: { error: 'invalid_grant', status: 400, caller: REFRESH_TOKEN_NOT_VALID, rule: 'The refresh token was issued to another client. It is not harmed.', remedy: 'If this was no mistake, someone is trying a stolen token.', spec: 'RFC 6749 §6' },
  refresh_token_expired: { error: 'invalid_grant', status: 400, caller: REFRESH_TOKEN_NOT_VALID, rule: 'The refresh token has expired.', remedy: 'Send the user to sign in again.', spec: 'RFC 6749 §6' },
  offline_access_withdrawn: { error: 'invalid_grant', status: 400, caller: REFRESH_TOKEN_NOT_VALID, rule: 'The client may no longer have offline_access.', remedy: 'Add offline_access to the scope of the client if that is not meant.', spec: 'OpenID Connect Core §11' },
  consent_withdrawn: { error: 'invalid_grant', status: 400, caller: 'The authorization is no longer valid.', rule: 'The user has withdrawn the consent, or it no longer covers what was granted.', remedy: 'Send the user through authorization again.', spec: 'RFC 6749 §5.2' },
  refresh_token_superseded: { error: 'invalid_grant', status: 400, caller: REFRESH_TOKEN_NOT_VALID, rule: 'The refresh token was replaced moments ago. Taken for a double submit: nothing is revoked.', remedy: 'Refresh once; share the answer among tabs and processes.', spec: 'RFC 9700 §4.14.2' },
  refresh_token_replayed: { error: 'invalid_grant', status: 400, caller: REFRESH_TOKEN_NOT_VALID, rule: 'The refresh token was replaced before. Its whole family is revoked.', remedy: 'Find out who sent it again: a client that lost an answer, or a thief.', spec: 'RFC 9700 §4.14.2' },

  device_code_unknown: { error: 'invalid_grant', status: 400, caller: DEVICE_CODE_NOT_VALID, rule: 'No device code with this value was issued, or its record has been cleaned up.', remedy: 'Poll with the device_code as it arrived.', spec: 'RFC 8628 §3.5' },
  device_code_of_another_client: { error: 'invalid_grant', status: 400, caller: DEVICE_CODE_NOT_VALID, rule: 'The device code was issued to another client. It is not harmed.', remedy: 'If this was no mistake, someone is trying a stolen code.', spec: 'RFC 8628 §3.4' },
  device_code_redeemed: { error: 'invalid_grant', status: 400, caller: DEVICE_CODE_NOT_VALID, rule: 'The device code has been redeemed.', remedy: 'Stop polling once there are tokens.', spec: 'RFC 8628 §3.5' },
  device_code_expired: { error: 'expired_token', status: 400, caller: 'The device code has expired.', rule: 'The device code has expired before the user let the device in.', remedy: 'Begin again, and show the user the new code.', spec: 'RFC 8628 §3.5' },
  device_denied: { error: 'access_denied', status: 400, caller: 'The user denied the request.', rule: 'The user did not let the device in.', remedy: 'Nothing; it was their choice.', spec: 'RFC 8628 §3.5' },
  authorization_pending: { error: 'authorization_pending', status: 400, caller: 'The user has not decided yet.', rule: 'The user has not let the device in yet.', remedy: 'Go on polling at the interval.', spec: 'RFC 8628 §3.5' },
  slow_down: { error: 'slow_down', status: 400, caller: 'The interval has grown by 5 seconds.', rule: 'The device polled before its interval was over; the interval grows for good.', remedy: 'Add 5 seconds to the interval.', spec: 'RFC 8628 §3.5' },
  user_code_attempts: { error: 'access_denied', status: 429, caller: 'Too many wrong codes. Wait ten minutes.', rule: 'The account has entered too many wrong user codes.', remedy: 'Wait ten minutes. If it goes on, somebody is guessing with this account.', spec: 'RFC 8628 §5.1' },
  device_entered_elsewhere: { error: 'access_denied', status: 403, caller: 'This code was entered somewhere else. Enter it again here.', rule: 'The user code was entered in another browser, or again since.', remedy: 'Enter the code in the browser that is to decide.', spec: 'RFC 8628 §5.4' },
  device_not_waiting: { error: 'invalid_request', status: 400, caller: 'The device is not waiting any more.', rule: 'The device authorization has been decided or has expired.', remedy: 'Begin again on the device.', spec: 'RFC 8628 §3.3' },

  token_of_another_client: { error: 'unauthorized_client', status: 400, caller: 'The token was not issued to this client.', rule: 'A client tries to revoke a token of another. It is not harmed.', remedy: 'Revoke with the client that the token was issued to.', spec: 'RFC 7009 §2.1' },

  extension_refused: { error: 'invalid_grant', status: 400, caller: 'The grant is not valid.', rule: 'An extension grant refused the request.', remedy: 'Look at the facts; the extension told the caller its own error.', spec: 'RFC 6749 §5.2' },
  password_wrong: { error: 'invalid_grant', status: 400, caller: 'The username or the password is not valid.', rule: 'The username is unknown, the password wrong or the user disabled.', remedy: 'Move the client to the authorization code grant, which shows no password to it.', spec: 'RFC 6749 §4.3' },

  assertion_malformed: { error: 'invalid_grant', status: 400, caller: ASSERTION_NOT_VALID, rule: 'The assertion is no JWT with an issuer.', remedy: 'Send one signed JWT with iss, sub, aud, exp and jti.', spec: 'RFC 7523 §3.1' },
  assertion_issuer_unknown: { error: 'invalid_grant', status: 400, caller: ASSERTION_NOT_VALID, rule: 'The assertion is by an issuer that is not trusted, or not for this client.', remedy: 'Add the issuer to the trusted ones, or the client to its clients.', spec: 'RFC 7523 §3.1' },
  assertion_signature_wrong: { error: 'invalid_grant', status: 400, caller: ASSERTION_NOT_VALID, rule: 'No key of the issuer made the signature by an algorithm that is accepted.', remedy: 'Compare the issuer\'s keys and algorithms with the configuration. Keys in the header are never used.', spec: 'RFC 7523 §3.1' },
  assertion_audience_wrong: { error: 'invalid_grant', status: 400, caller: ASSERTION_NOT_VALID, rule: 'The audience of the assertion is not this server alone.', remedy: 'Set aud to the issuer of this server.', spec: 'RFC 7523 §3' },
  assertion_incomplete: { error: 'invalid_grant', status: 400, caller: ASSERTION_NOT_VALID, rule: 'The assertion lacks sub, exp or jti, or one of them is of the wrong kind.', remedy: 'Send all of them; exp, iat and nbf are numbers of seconds.', spec: 'RFC 7523 §3' },
  assertion_expired: { error: 'invalid_grant', status: 400, caller: ASSERTION_NOT_VALID, rule: 'The assertion has expired.', remedy: 'Make a new one for each request; compare the clocks.', spec: 'RFC 7523 §3' },
  assertion_lasts_too_long: { error: 'invalid_grant', status: 400, caller: ASSERTION_NOT_VALID, rule: 'The assertion expires more than an hour from now.', remedy: 'Let assertions last for minutes.', spec: 'RFC 7523 §3' },
  assertion_too_early: { error: 'invalid_grant', status: 400, caller: ASSERTION_NOT_VALID, rule: 'The assertion was issued in the future, or is not yet valid.', remedy: 'Compare the clocks; half a minute is tolerated.', spec: 'RFC 7523 §3' },
  assertion_replayed: { error: 'invalid_grant', status: 400, caller: ASSERTION_NOT_VALID, rule: 'An assertion with this jti was used before.', remedy: 'Make a new one for each request.', spec: 'RFC 7523 §3' },
  assertion_keys_unreachable: { error: 'temporarily_unavailable', status: 503, caller: 'The server can not answer now. Try again.', rule: 'The keys of the assertion\'s issuer could not be fetched.', remedy: 'Look at the jwks_uri of the issuer, from this machine.', spec: 'RFC 7523 §3' },

  exchange_token_type_unsupported: { error: 'invalid_request', status: 400, caller: 'The token type is not supported.', rule: 'The subject_token_type or actor_token_type is none that can be exchanged.', remedy: 'Use the access_token, jwt or id_token type.', spec: 'RFC 8693 §2.1' },
  requested_token_type_unsupported: { error: 'invalid_request', status: 400, caller: 'The requested token type is not supported.', rule: 'The requested_token_type is neither an access token nor a JWT that the resource takes.', remedy: 'Leave it out, or ask for an access token.', spec: 'RFC 8693 §2.1' },
  subject_token_not_valid: { error: 'invalid_request', status: 400, caller: SUBJECT_TOKEN_NOT_VALID, rule: 'The subject_token is no token of ours of the type that is named.', remedy: 'Send the token as this server issued it.', spec: 'RFC 8693 §2.2.2' },
  subject_token_expired: { error: 'invalid_request', status: 400, caller: SUBJECT_TOKEN_NOT_VALID, rule: 'The subject_token has expired.', remedy: 'Let the caller send a fresh one.', spec: 'RFC 8693 §2.2.2' },
  subject_token_revoked: { error: 'invalid_request', status: 400, caller: SUBJECT_TOKEN_NOT_VALID, rule: 'The subject_token or its authorization was revoked, or its user disabled.', remedy: 'Send the user to sign in again.', spec: 'RFC 8693 §2.2.2' },
  subject_token_of_another_client: { error: 'invalid_request', status: 400, caller: SUBJECT_TOKEN_NOT_VALID, rule: 'The subject_token was issued to another client, and for no resource that this client operates.', remedy: 'Name the client in operatedBy of the resource if it should be.', spec: 'RFC 8693 §2.2.2' },
  subject_token_without_user: { error: 'invalid_request', status: 400, caller: SUBJECT_TOKEN_NOT_VALID, rule: 'The subject_token acts for no user.', remedy: 'Let the client get a token for itself by client credentials.', spec: 'RFC 8693 §2.2.2' },
  actor_token_type_unexpected: { error: 'invalid_request', status: 400, caller: 'actor_token_type without actor_token.', rule: 'There is an actor_token_type and no actor_token.', remedy: 'Send both or neither.', spec: 'RFC 8693 §2.1' },
  actor_token_not_valid: { error: 'invalid_request', status: 400, caller: 'The actor_token is not valid.', rule: 'The actor_token is no live token that this server issued to this client.', remedy: 'Send an access token or ID Token of the client that asks.', spec: 'RFC 8693 §2.2.2' },
  actor_not_allowed: { error: 'invalid_request', status: 400, caller: 'The actor may not act for this subject.', rule: 'The may_act claim of the subject_token names another actor.', remedy: 'Send the actor_token of the party that may_act names.', spec: 'RFC 8693 §4.4' },

  scope_malformed: { error: 'invalid_scope', status: 400, caller: 'The scope is malformed.', rule: 'The scope has characters that no scope has, or is too long.', remedy: 'Separate scope names by single spaces.', spec: 'RFC 6749 §3.3' },
  scope_unknown: { error: 'invalid_scope', status: 400, caller: 'The scope is not valid for this client.', rule: 'Nobody offers this scope.', remedy: 'Add the scope to the configuration, or do not ask for it.', spec: 'RFC 6749 §5.2' },
  scope_not_allowed: { error: 'invalid_scope', status: 400, caller: 'The scope is not valid for this client.', rule: 'The scope is offered, but not to this client.', remedy: 'Add it to the scope of the client if it should be.', spec: 'RFC 6749 §5.2' },
  scope_needs_user: { error: 'invalid_scope', status: 400, caller: 'The scope is not valid for this client.', rule: 'The scope is about a user, and this grant has none.', remedy: 'Ask for API scopes only.', spec: 'RFC 6749 §4.4.2' },
  scope_exceeds_grant: { error: 'invalid_scope', status: 400, caller: 'The scope is wider than what was granted.', rule: 'A refresh asks for more than the user granted.', remedy: 'Send the user through authorization to widen the scope.', spec: 'RFC 6749 §6' },
  scope_empty: { error: 'invalid_scope', status: 400, caller: 'No scope is left to grant.', rule: 'No scope is asked for that anybody offers, and the client has no default.', remedy: 'Ask for a scope of scopes_supported, or give the client the scopes of an API.', spec: 'RFC 6749 §3.3' },
  resource_unknown: { error: 'invalid_target', status: 400, caller: 'The resource is not known.', rule: 'Nobody offers this resource.', remedy: 'Add the resource to the configuration, or correct its URI.', spec: 'RFC 8707 §2' },
  resource_out_of_scope: { error: 'invalid_target', status: 400, caller: 'The scope has nothing to do with the resource.', rule: 'A resource is named of which no scope is asked for.', remedy: 'Ask for a scope of the resource, or leave scope out to ask for all the client may have there.', spec: 'RFC 8707 §2' },
  resource_not_granted: { error: 'invalid_target', status: 400, caller: 'The resource was not granted.', rule: 'The resource is not among those that were granted.', remedy: 'Name the resource in the authorization request.', spec: 'RFC 8707 §2.2' },

  authorize_client_missing: { error: 'invalid_request', status: 400, caller: 'The application did not say who it is.', rule: 'The authorization request has no client_id.', remedy: 'Send client_id.', spec: 'RFC 6749 §4.1.2.1' },
  authorize_client_disabled: { error: 'invalid_client', status: 400, caller: 'The application is not known here.', rule: 'The client is switched off.', remedy: 'Set enabled of the client to true, or leave it out.', spec: 'RFC 6749 §4.1.2.1' },
  authorize_client_unknown: { error: 'invalid_client', status: 400, caller: 'The application is not known here.', rule: 'No client has this client_id.', remedy: 'Register the client, or correct its client_id.', spec: 'RFC 6749 §4.1.2.1' },
  authorize_parameter_repeated: { error: 'invalid_request', status: 400, caller: 'A parameter is given more than once.', rule: 'client_id, redirect_uri or another parameter appears again.', remedy: 'Send each parameter once.', spec: 'RFC 6749 §3.1' },
  redirect_uri_missing: { error: 'invalid_request', status: 400, caller: 'The application did not say where to return to.', rule: 'The authorization request has no redirect_uri.', remedy: 'Send redirect_uri, also when only one is registered.', spec: 'OpenID Connect Core §3.1.2.1' },
  redirect_uri_unregistered: { error: 'invalid_request', status: 400, caller: 'The application wants to return to an address that is not registered.', rule: 'The redirect_uri is none of the client\'s; they are compared to the letter.', remedy: 'Register exactly this redirect_uri if it is the client\'s.', spec: 'RFC 9700 §2.1' },
  response_type_missing: { error: 'invalid_request', status: 400, caller: 'response_type is missing.', rule: 'The authorization request has no response_type.', remedy: 'Send response_type=code.', spec: 'RFC 6749 §4.1.2.1' },
  response_type_unsupported: { error: 'unsupported_response_type', status: 400, caller: 'The response type is not supported.', rule: 'Nobody may use this response_type here.', remedy: 'Use one of response_types_supported in discovery.', spec: 'RFC 6749 §4.1.2.1' },
  response_type_not_allowed: { error: 'unsupported_response_type', status: 400, caller: 'The response type is not supported for this client.', rule: 'The response_type is not among the client\'s response_types.', remedy: 'Use response_type=code, or register this one.', spec: 'RFC 6749 §4.1.2.1' },
  response_mode_unsupported: { error: 'invalid_request', status: 400, caller: 'The response mode is not supported for this response type.', rule: 'The response_mode is unknown, or would put a token into a query.', remedy: 'Leave response_mode out.', spec: 'OAuth 2.0 Multiple Response Type Encoding Practices §2.1' },
  nonce_missing: { error: 'invalid_request', status: 400, caller: 'nonce is required.', rule: 'The response carries an ID Token through the browser, and the request has no nonce.', remedy: 'Send a fresh nonce and compare it.', spec: 'OpenID Connect Core §3.3.2.1' },
  openid_missing: { error: 'invalid_request', status: 400, caller: 'The scope must have openid.', rule: 'The response carries an ID Token, and the scope has no openid.', remedy: 'Add openid to the scope.', spec: 'OpenID Connect Core §3.1.2.1' },
  code_challenge_missing: { error: 'invalid_request', status: 400, caller: 'code_challenge is required.', rule: 'The client must use PKCE and sent no code_challenge.', remedy: 'Send code_challenge with code_challenge_method=S256.', spec: 'RFC 7636 §4.4.1' },
  code_challenge_method_unsupported: { error: 'invalid_request', status: 400, caller: 'code_challenge_method must be S256.', rule: 'The code_challenge_method is not S256; without one it would be plain.', remedy: 'Send code_challenge_method=S256.', spec: 'RFC 7636 §4.4.1' },
  code_challenge_malformed: { error: 'invalid_request', status: 400, caller: 'code_challenge is malformed.', rule: 'The code_challenge is not the base64url of 32 bytes.', remedy: 'Send BASE64URL(SHA256(code_verifier)) without padding.', spec: 'RFC 7636 §4.2' },
  claims_malformed: { error: 'invalid_request', status: 400, caller: 'claims is malformed.', rule: 'The claims parameter is no JSON object of the shape it must have.', remedy: 'Send userinfo and id_token with null or an object for each claim.', spec: 'OpenID Connect Core §5.5' },
  claims_contradictory: { error: 'invalid_request', status: 400, caller: 'claims names two users.', rule: 'The claims parameter asks for different values of sub.', remedy: 'Ask for one user.', spec: 'OpenID Connect Core §5.5.1' },
  acr_unreachable: { error: 'unmet_authentication_requirements', status: 400, caller: 'The sign-in can not be as strong as the application insists.', rule: 'None of the essential acr values was reached.', remedy: 'Ask for one of acr_values_supported, or do not make it essential.', spec: 'OpenID Connect Core §5.5.1.1' },
  prompt_contradictory: { error: 'invalid_request', status: 400, caller: 'prompt=none stands alone.', rule: 'prompt=none is combined with another value.', remedy: 'Send prompt=none alone.', spec: 'OpenID Connect Core §3.1.2.1' },
  max_age_malformed: { error: 'invalid_request', status: 400, caller: 'max_age is malformed.', rule: 'max_age is not a whole number of seconds.', remedy: 'Send max_age as digits.', spec: 'OpenID Connect Core §3.1.2.1' },
  id_token_hint_not_ours: { error: 'invalid_request', status: 400, caller: 'The id_token_hint is not valid.', rule: 'The id_token_hint is no ID Token that this server signed.', remedy: 'Send an ID Token as it was issued; it may have expired.', spec: 'OpenID Connect Core §3.1.2.2' },
  request_not_supported: { error: 'request_not_supported', status: 400, caller: 'Request objects are not supported.', rule: 'The request carries a request object, which is not offered.', remedy: 'Send plain parameters.', spec: 'OpenID Connect Core §6.1' },
  request_uri_not_supported: { error: 'request_uri_not_supported', status: 400, caller: 'request_uri is not supported.', rule: 'The request refers to a request object, which is not offered.', remedy: 'Send plain parameters.', spec: 'OpenID Connect Core §6.2' },
  registration_not_supported: { error: 'registration_not_supported', status: 400, caller: 'The registration parameter is not supported.', rule: 'The request carries registration, which is not offered.', remedy: 'Register the client beforehand.', spec: 'OpenID Connect Core §7.2.1' },
  login_required: { error: 'login_required', status: 400, caller: 'The user is not signed in.', rule: 'prompt=none, and the user would have to sign in.', remedy: 'Send the user through authorization without prompt=none.', spec: 'OpenID Connect Core §3.1.2.6' },
  consent_required: { error: 'consent_required', status: 400, caller: 'The user has not consented.', rule: 'prompt=none, and the user would have to consent.', remedy: 'Send the user through authorization without prompt=none.', spec: 'OpenID Connect Core §3.1.2.6' },
  access_denied: { error: 'access_denied', status: 400, caller: 'The user denied the request.', rule: 'The user denied or cancelled.', remedy: 'Nothing; it was their choice.', spec: 'RFC 6749 §4.1.2.1' },

  interaction_unknown: { error: 'invalid_request', status: 400, caller: START_AGAIN, rule: 'No such interaction is waiting: finished, cleaned up, or never begun.', remedy: 'Start again from the application.', spec: 'OpenID Connect Core §3.1.2.3' },
  interaction_expired: { error: 'invalid_request', status: 400, caller: START_AGAIN, rule: 'The interaction has expired.', remedy: 'Start again from the application.', spec: 'OpenID Connect Core §3.1.2.3' },
  interaction_of_another_browser: { error: 'invalid_request', status: 400, caller: START_AGAIN, rule: 'The interaction was begun in another browser.', remedy: 'Start again from the application. If someone sent you this link, do not use it.', spec: 'OpenID Connect Core §16.15' },
  interaction_forged: { error: 'invalid_request', status: 403, caller: 'This form was not sent from our page.', rule: 'The form came from another site, or without the token of its page.', remedy: 'Use the page itself.', spec: 'RFC 6749 §10.12' },

  bearer_missing: { status: 401, caller: 'An access token is needed.', rule: 'The request carries no access token.', remedy: 'Send Authorization: Bearer TOKEN.', spec: 'RFC 6750 §3' },
  bearer_repeated: { error: 'invalid_request', status: 400, caller: 'The access token is sent in more than one way.', rule: 'The access token is in the header and in the body.', remedy: 'Send it in the Authorization header only.', spec: 'RFC 6750 §2' },
  access_token_unknown: { error: 'invalid_token', status: 401, caller: ACCESS_TOKEN_NOT_VALID, rule: 'This is no access token of ours: its signature, type or issuer is wrong, or its record is gone.', remedy: 'Send an access token, not an ID Token, as it arrived.', spec: 'RFC 9068 §4' },
  access_token_expired: { error: 'invalid_token', status: 401, caller: ACCESS_TOKEN_NOT_VALID, rule: 'The access token has expired.', remedy: 'Refresh it.', spec: 'RFC 6750 §3.1' },
  access_token_revoked: { error: 'invalid_token', status: 401, caller: ACCESS_TOKEN_NOT_VALID, rule: 'The authorization behind the access token was revoked, or its user disabled.', remedy: 'Send the user to sign in again.', spec: 'RFC 6750 §3.1' },
  access_token_audience: { error: 'invalid_token', status: 401, caller: ACCESS_TOKEN_NOT_VALID, rule: 'The access token is for another resource.', remedy: 'Ask for a token with openid and without naming another resource.', spec: 'RFC 9068 §4' },
  access_token_scope: { error: 'insufficient_scope', status: 403, caller: 'The access token does not allow this.', rule: 'The access token has no openid scope.', remedy: 'Ask for openid.', spec: 'OpenID Connect Core §5.3' },

  temporarily_unavailable: { error: 'temporarily_unavailable', status: 503, caller: 'The server can not answer now. Try again.', rule: 'The store did not answer.', remedy: 'Look at the store and the log around this trace.', spec: 'RFC 9110 §15.6.4' },
  server_error: { error: 'server_error', status: 500, caller: 'Something went wrong here.', rule: 'A fault of ours.', remedy: 'Look for this trace in the log and report it.', spec: 'RFC 6749 §4.1.2.1' },
} as const satisfies Record<string, RefusalRule>

/** The name of one rule of {@link REFUSALS}. */
export type RefusalKey = keyof typeof REFUSALS

/** The rule of this name. */
export function refusalRule(key: RefusalKey): RefusalRule {
  return REFUSALS[key]
}
