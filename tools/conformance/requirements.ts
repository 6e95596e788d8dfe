/** One thing that an OpenID provider must do, and where it is written. */
export interface Requirement {
  readonly id: string
  readonly text: string
  readonly sections: readonly string[]
}

/** The requirements of one subject. */
export interface RequirementGroup {
  readonly title: string
  readonly requirements: readonly Requirement[]
}

type Line = readonly [id: string, text: string, ...sections: string[]]

function group(title: string, ...lines: readonly Line[]): RequirementGroup {
  return { title, requirements: lines.map(([id, text, ...sections]) => ({ id, text, sections })) }
}

/** What the certification of an OpenID provider asks, in our words. */
export const REQUIREMENTS: readonly RequirementGroup[] = [
  group(
    'Policy',
    ['POL-1', 'What differs between profiles is a setting of each client.', 'RFC 9700 §2'],
    ['POL-2', 'One server serves a plain OpenID Connect client and a strict one at the same time.', 'RFC 9700 §2'],
    ['POL-3', 'The profile for certification can be chosen; the default is stricter.', 'OAuth 2.1 §4'],
    ['POL-4', 'What is not offered is not in the metadata; pairwise subjects are.', 'RFC 8414 §2', 'OpenID Connect Core §8'],
  ),
  group(
    'Errors',
    ['ERR-1', 'Errors are JSON with status 400, or 401 for a client that failed to authenticate.', 'RFC 6749 §5.2'],
    ['ERR-2', 'Descriptions hold printable ASCII without quotation mark and backslash.', 'RFC 6749 §5.2'],
    ['ERR-3', 'An error that travels to the client holds error, description, state, iss and session_state, and never a code.', 'RFC 6749 §4.1.2.1', 'RFC 9207 §2'],
    ['ERR-4', 'Errors go where the answer would have gone: query, fragment or form.', 'OpenID Connect Core §3.3.2.6'],
    ['ERR-5', 'With an unknown client or redirect URI the user sees a page of ours and is sent nowhere.', 'RFC 6749 §4.1.2.1'],
    ['ERR-6', 'State comes back byte for byte, or is refused; it is never cut.', 'RFC 6749 §4.1.2'],
  ),
  group(
    'Discovery',
    ['DISC-1', 'Both well-known addresses answer the same document, whose issuer is exactly ours.', 'RFC 8414 §3', 'OpenID Connect Discovery §4'],
    ['DISC-2', 'Endpoints are https; lists are lists of texts and never empty.', 'RFC 8414 §2'],
    ['DISC-3', 'Scopes, claims, subject types, algorithms and acr values are announced as they work.', 'OpenID Connect Discovery §3'],
    ['DISC-4', 'With registration, all response types that a client may register are announced.', 'OpenID Connect Discovery §3', 'OpenID Connect Dynamic Client Registration §3'],
    ['DISC-5', 'Logout by redirect, in frames and from server to server is announced, and the session frame.', 'OpenID Connect RP-Initiated Logout §2', 'OpenID Connect Session Management §3.3'],
    ['DISC-7', 'Whether requests must be pushed is a boolean where it is said at all.', 'RFC 9126 §5'],
    ['DISC-10', 'No member of the metadata is of our own making.', 'RFC 8414 §2'],
  ),
  group(
    'Keys',
    ['KEYS-1', 'Only public members are published, each key with a kid of its own.', 'RFC 7517 §5', 'RFC 7638 §3'],
    ['KEYS-2', 'Only RSA, EC and OKP keys are published.', 'RFC 7518 §6.1'],
    ['KEYS-3', 'Every signed token names its key.', 'RFC 7515 §4.1.4'],
    ['KEYS-4', 'Keys rotate while the server runs: the next is published before it signs, the last until what it signed has ended.', 'OpenID Connect Core §10.1.1'],
    ['KEYS-5', 'There is a key for RS256 and one for ES256 or PS256.', 'OpenID Connect Core §15.1'],
  ),
  group(
    'Registration',
    ['REG-1', 'A registration is answered 201 with everything that was registered.', 'RFC 7591 §3.2.1'],
    ['REG-2', 'All registered members are accepted, with their defaults.', 'RFC 7591 §2', 'OpenID Connect Dynamic Client Registration §2'],
    ['REG-3', 'An initial access token is accepted.', 'RFC 7591 §3'],
    ['REG-4', 'Fragments in redirect URIs, plain http and foreign sectors are refused.', 'RFC 7591 §3.2.2'],
    ['REG-5', 'The sector identifier is fetched, and pairwise subjects follow from its host.', 'OpenID Connect Dynamic Client Registration §5', 'OpenID Connect Core §8.1'],
    ['REG-6', 'A client reads, changes and deletes its own registration.', 'RFC 7592 §2'],
  ),
  group(
    'Authorization endpoint',
    ['AUTHZ-1', 'GET and POST.', 'OpenID Connect Core §3.1.2.1'],
    ['AUTHZ-2', 'Unknown parameters and scopes are ignored; order makes no difference.', 'RFC 6749 §3.1', 'OpenID Connect Core §3.1.2.1'],
    ['AUTHZ-3', 'The redirect URI is there, and compared exactly.', 'RFC 9700 §2.1', 'OpenID Connect Core §3.1.2.1'],
    ['AUTHZ-4', 'A missing or unknown response type is told by its own error.', 'RFC 6749 §3.1.1'],
    ['AUTHZ-5', 'A nonce must be there where an ID Token passes through the browser.', 'OpenID Connect Core §3.2.2.1', 'OpenID Connect Core §3.3.2.1'],
    ['AUTHZ-6', 'prompt and max_age.', 'OpenID Connect Core §3.1.2.1'],
    ['AUTHZ-7', 'id_token_hint.', 'OpenID Connect Core §3.1.2.2'],
    ['AUTHZ-8', 'display, ui_locales, claims_locales and login_hint are accepted.', 'OpenID Connect Core §3.1.2.1'],
    ['AUTHZ-9', 'The acr that was reached is told; an essential one that was not is an error.', 'OpenID Connect Core §2', 'OpenID Connect Core §5.5.1.1'],
    ['AUTHZ-10', 'The claims parameter.', 'OpenID Connect Core §5.5'],
    ['AUTHZ-11', 'A code challenge counts wherever it is sent.', 'RFC 7636 §4.6'],
    ['AUTHZ-12', 'The page says who asks; the user may refuse.', 'OpenID Connect Core §3.1.2.4', 'OpenID Connect Dynamic Client Registration §2'],
    ['AUTHZ-13', 'Every answer names the issuer.', 'RFC 9207 §2'],
    ['AUTHZ-14', 'Consent is remembered.', 'OpenID Connect Core §3.1.2.4'],
    ['AUTHZ-15', 'The pages are forms that need no script.', 'OpenID Connect Core §3.1.2.3'],
  ),
  group(
    'Hybrid, implicit and form post',
    ['HYB-1', 'All response types answer in the fragment, and never in the query.', 'OAuth 2.0 Multiple Response Type Encoding Practices §2.1'],
    ['HYB-2', 'ID Tokens of the front channel hold the hashes of what comes with them.', 'OpenID Connect Core §3.3.2.11'],
    ['HYB-3', 'Claims about the user are in the ID Token only where nothing else could tell them, or where asked for.', 'OpenID Connect Core §5.4'],
    ['HYB-4', 'Both ID Tokens of a flow agree.', 'OpenID Connect Core §3.3.3.6'],
    ['HYB-5', 'A form is posted home, escaped, also with an error.', 'OAuth 2.0 Form Post Response Mode §2'],
  ),
  group(
    'Token endpoint',
    ['TOK-1', 'Clients authenticate by each registered method, and by no other.', 'RFC 6749 §2.3', 'OpenID Connect Core §9'],
    ['TOK-2', 'Answers are JSON that nobody stores.', 'RFC 6749 §5.1'],
    ['TOK-3', 'Everything that can be guessed has 256 random bits.', 'RFC 6749 §10.10'],
    ['TOK-4', 'A code is good once, for its client, address and verifier; a replay ends what it paid for.', 'RFC 6749 §4.1.2', 'RFC 6749 §4.1.3'],
    ['TOK-5', 'A missing or wrong verifier is invalid_grant.', 'RFC 7636 §4.6'],
    ['TOK-6', 'The client_id of another client is refused.', 'RFC 6749 §5.2'],
    ['TOK-7', 'ID Tokens hold what they must, and nothing empty.', 'OpenID Connect Core §2', 'OpenID Connect Core §3.1.3.6'],
    ['TOK-8', 'Without openid there is no ID Token.', 'OpenID Connect Core §3.1.2.1'],
    ['TOK-9', 'A client on its own gets no refresh token.', 'RFC 6749 §4.4.3'],
  ),
  group(
    'Client assertions',
    ['ASSERT-1', 'iss and sub are the client; exp is there; a jti is good once.', 'RFC 7523 §3'],
    ['ASSERT-2', 'By policy the audience may be the endpoint that is called.', 'RFC 7523 §3'],
    ['ASSERT-3', 'By default the audience is the issuer alone.', 'draft-ietf-oauth-rfc7523bis §4'],
    ['ASSERT-4', 'Clocks may differ by some seconds, and not by a minute.', 'RFC 7523 §3'],
    ['ASSERT-5', 'Keys at an address are fetched again for a new kid, at a bounded pace.', 'OpenID Connect Core §10.1.1'],
    ['ASSERT-6', 'The rules are the same at every endpoint.', 'RFC 7521 §4.2'],
  ),
  group(
    'Userinfo',
    ['USERINFO-1', 'GET and POST; the token is in the header or the form, and never in the query.', 'RFC 6750 §2', 'OpenID Connect Core §5.3.1'],
    ['USERINFO-2', 'JSON, or a JWT as registered, about the subject of the ID Token.', 'OpenID Connect Core §5.3.2'],
    ['USERINFO-3', 'Claims have their types, and none is empty.', 'OpenID Connect Core §5.1'],
    ['USERINFO-4', 'Scopes give their claims, all nineteen.', 'OpenID Connect Core §5.4'],
  ),
  group(
    'Refresh',
    ['REFRESH-1', 'A refresh token comes with offline_access, consented to.', 'OpenID Connect Core §11'],
    ['REFRESH-2', 'The ID Token of a refresh is about the same sign-in.', 'OpenID Connect Core §12.2'],
    ['REFRESH-3', 'A refresh token is bound to its client.', 'RFC 6749 §6'],
    ['REFRESH-4', 'Rotation and its window are settings of the client.', 'RFC 9700 §4.14.2'],
    ['REFRESH-5', 'The original scope may be named again.', 'RFC 6749 §6'],
  ),
  group(
    'Logout',
    ['LOGOUT-1', 'GET and POST with all parameters; an ID Token that has ended still is a hint.', 'OpenID Connect RP-Initiated Logout §2'],
    ['LOGOUT-2', 'Users are sent only to a registered address, with the state.', 'OpenID Connect RP-Initiated Logout §3'],
    ['LOGOUT-3', 'Without a good hint the user is asked, and sent nowhere.', 'OpenID Connect RP-Initiated Logout §2'],
    ['LOGOUT-4', 'After it nobody is signed in.', 'OpenID Connect RP-Initiated Logout §2'],
    ['LOGOUT-5', 'ID Tokens name the session.', 'OpenID Connect Back-Channel Logout §2.1'],
    ['LOGOUT-6', 'The page loads the clients’ frames, and goes on also without scripts.', 'OpenID Connect Front-Channel Logout §3'],
    ['LOGOUT-7', 'Logout tokens are posted to the clients, and a failure holds up nobody.', 'OpenID Connect Back-Channel Logout §2.5'],
    ['LOGOUT-8', 'The state of the session can be watched from a frame.', 'OpenID Connect Session Management §3'],
  ),
  group(
    'Request objects',
    ['RO-1', 'By value: what is inside counts, and must not contradict client_id and response_type outside.', 'OpenID Connect Core §6.1'],
    ['RO-2', 'By reference: fetched from registered addresses only, within bounds.', 'OpenID Connect Core §6.2', 'RFC 9101 §10.4'],
    ['RO-5', 'A bad request object is told by its own error.', 'OpenID Connect Core §3.1.2.6', 'RFC 9101 §7'],
  ),
  group(
    'Pushed requests',
    ['PAR-1', 'POST only, with client authentication; answered 201.', 'RFC 9126 §2'],
    ['PAR-2', 'A request_uri in it is refused.', 'RFC 9126 §2.1'],
    ['PAR-3', 'Everything is judged when it is pushed.', 'RFC 9126 §2.1'],
    ['PAR-4', 'It belongs to its client.', 'RFC 9126 §4'],
    ['PAR-5', 'It is good until one authorization is complete.', 'RFC 9126 §7.3'],
  ),
  group(
    'The server in an exam',
    ['RIG-1', 'https with a certificate of one’s own, at any host and port.', 'RFC 9700 §2.6'],
    ['RIG-2', 'Calls to other servers go through one port, which refuses private addresses.', 'RFC 9101 §10.4'],
    ['RIG-3', 'A user with every claim, and pages of one form each.', 'OpenID Connect Core §5.1'],
    ['RIG-4', 'Keys can be rotated by a call.', 'OpenID Connect Core §10.1.1'],
    ['RIG-6', 'Every request is in the log by its trace.', 'RFC 9110 §15'],
  ),
]
