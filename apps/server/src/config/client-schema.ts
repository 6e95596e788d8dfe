import { CLIENT_AUTHENTICATION_METHODS, CONTENT_ENCRYPTIONS, KEY_ENCRYPTIONS, PROFILES, SIGNING_ALGORITHMS } from '@latchkey/core'
import * as z from 'zod'
import { duration, durationOrNone } from './duration.ts'

const text = z.string()
const uri = z.string()

// What core judges is only a string here, so that there is one wording for each finding; editors still learn the values.
const oneOf = (values: readonly string[]) => text.meta({ enum: [...values] })

const policySchema = z
  .strictObject({
    pkce: z.enum(['required', 'optional']).describe('Whether authorization requests must carry a code challenge. Public clients always must.').optional(),
    consent: z.enum(['remembered', 'always', 'never']).describe('`remembered` asks once for each scope, `always` each time, `never` not at all (for your own applications).').optional(),
    errorRedirects: z.enum(['at once', 'after confirmation']).describe('Whether errors go back to the client at once, or only after a user who has not let it in before was shown where to. `at once` when absent.').optional(),
    accessTokensInFrontChannel: z.boolean().describe('Whether access tokens may pass through the browser, by the response types that carry `token`.').optional(),
    userClaimsInIdToken: z.boolean().describe('Whether ID Tokens carry the claims of the scope, also where userinfo could be asked.').optional(),
    clientClaimsInUserTokens: z.boolean().describe('Whether access tokens for users carry the claims about the client, too.').optional(),
    clientClaimsPrefix: text.describe('What the names of the claims about the client begin with in tokens; `client_` when absent.').optional(),
    consentLifetime: duration.describe('How long a consent is remembered; until it is withdrawn when absent.').optional(),
    signInLifetime: duration.describe('How old a sign-in may be for this client; as old as the session when absent.').optional(),
    pushedRequestLifetime: duration.describe('How long a pushed authorization request waits for the browser; at most ten minutes.').optional(),
    requestObjectLifetime: duration.describe('The longest that a request object may last, from its nbf to its exp, which it then must have.').optional(),
    authorizationCodeLifetime: duration.describe('How long a code can be redeemed; at most ten minutes.').optional(),
    accessTokenLifetime: duration.describe('How long an access token is good for.').optional(),
    idTokenLifetime: duration.describe('How long an ID Token is good for.').optional(),
    refreshTokenAbsoluteLifetime: duration.describe('From sign-in to the end of the last refresh token.').optional(),
    refreshTokenSlidingLifetime: duration.describe('How long a refresh token may rest unused.').optional(),
    refreshTokenRotation: z.boolean().describe('Whether using a refresh token replaces it.').optional(),
    refreshTokenReplayWindow: durationOrNone.describe('For how long the predecessor of a refresh token still yields the same successor; 0 is strict.').optional(),
    deviceCodeLifetime: duration.describe('How long a device may wait for its user.').optional(),
    pollingInterval: duration.describe('How long a device waits between polls, to begin with; at most a minute.').optional(),
  })
  .describe('Single settings that differ from those of the profile.')

const secretSchema = z.strictObject({
  secret: text.describe('The secret in clear, at least 32 characters.').optional(),
  digest: text.describe('The base64url of the SHA-256 of the secret.').optional(),
  expiresAt: z.int().positive().describe('When the secret ends, in seconds since 1970.').optional(),
})

/** A client as the configuration writes it: the names of RFC 7591, and ours for what it does not name. */
export const clientSchema = z
  .strictObject({
    client_id: text.describe('The name by which the client is known; printable ASCII.'),
    client_name: text.describe('What users read on the sign-in and consent pages.').optional(),
    client_uri: uri.describe('The home page of the client.').optional(),
    logo_uri: uri.describe('The logo that the pages show: a PNG, JPEG, GIF or WebP image of at most 256 KiB, which this server fetches.').optional(),
    policy_uri: uri.describe('The privacy policy of the client.').optional(),
    tos_uri: uri.describe('The terms of service of the client.').optional(),
    contacts: z.array(text).describe('Who answers for the client, for operators.').optional(),
    software_id: text.describe('What software the client is.').optional(),
    software_version: text.describe('Which version of it.').optional(),
    description: text.describe('A note for operators.').optional(),
    properties: z.record(text, text).describe('Whatever an application wants to keep with its client.').optional(),
    enabled: z.boolean().describe('`false` shuts the client out without forgetting it.').optional(),
    application_type: z.enum(['web', 'native']).describe('`native` clients may use private-use URI schemes.').optional(),
    token_endpoint_auth_method: oneOf(CLIENT_AUTHENTICATION_METHODS).describe('How the client proves who it is; `none` makes it a public client. `client_secret_basic` when absent.').optional(),
    client_secret: text.describe('A secret in clear, at least 32 characters; kept by digest only.').optional(),
    client_secret_file: text.describe('A file that holds client_secret, relative to this file.').optional(),
    jwks: z.strictObject({ keys: z.array(z.looseObject({ kty: text.describe('The kind of key, as in `EC`.') })).describe('The JWKs, without private members.') }).describe('The public keys of the client.').optional(),
    jwks_uri: uri.describe('Where the client publishes its keys; https.').optional(),
    token_endpoint_auth_signing_alg: text.describe('The one algorithm that its assertions are signed with.').optional(),
    secrets: z.array(secretSchema).describe('Several secrets, so that one can follow another without an outage.').optional(),
    redirect_uris: z.array(uri).describe('Where users may be sent back to, compared to the letter.').optional(),
    grant_types: z.array(text).describe('How the client gets tokens. `authorization_code` when absent.').optional(),
    response_types: z.array(text).describe('What the client may ask the authorization endpoint for.').optional(),
    scope: text.describe('The scope names that the client may ask for, separated by spaces.').optional(),
    allowed_cors_origins: z.array(text).describe('The origins from which scripts may call the token and userinfo endpoints.').optional(),
    id_token_signed_response_alg: oneOf(SIGNING_ALGORITHMS).describe('The algorithm that signs ID Tokens for this client.').optional(),
    id_token_encrypted_response_alg: z.enum(KEY_ENCRYPTIONS).describe('How the key of its encrypted ID Tokens is wrapped; not encrypted when absent.').optional(),
    id_token_encrypted_response_enc: z.enum(CONTENT_ENCRYPTIONS).describe('How their content is encrypted.').optional(),
    userinfo_signed_response_alg: z.enum(SIGNING_ALGORITHMS).describe('The algorithm that signs userinfo; plain JSON when absent.').optional(),
    userinfo_encrypted_response_alg: z.enum(KEY_ENCRYPTIONS).describe('How the key of its encrypted userinfo is wrapped; not encrypted when absent.').optional(),
    userinfo_encrypted_response_enc: z.enum(CONTENT_ENCRYPTIONS).describe('How its content is encrypted.').optional(),
    request_object_signing_alg: text.describe('The one algorithm that its request objects are signed with.').optional(),
    request_uris: z.array(uri).describe('Where its request objects may be fetched, compared to the letter.').optional(),
    require_signed_request_object: z.boolean().describe('Whether its authorization requests must be signed request objects.').optional(),
    require_pushed_authorization_requests: z.boolean().describe('Whether its authorization requests must be pushed first.').optional(),
    subject_type: z.enum(['public', 'pairwise']).describe('`pairwise` gives the client a name of its own for each user. `public` when absent.').optional(),
    sector_identifier_uri: uri.describe('The address that lists the redirect URIs of all clients that share their pairwise subjects.').optional(),
    default_max_age: duration.describe('How old a sign-in may be when a request does not say.').optional(),
    require_auth_time: z.boolean().describe('Whether ID Tokens must say when the user signed in; they always do.').optional(),
    default_acr_values: z.array(text).describe('The acr values that are asked for when a request names none.').optional(),
    initiate_login_uri: uri.describe('Where others may send users to sign in at the client; https.').optional(),
    post_logout_redirect_uris: z.array(uri).describe('Where users may be sent after signing out, compared to the letter.').optional(),
    frontchannel_logout_uri: uri.describe('The page of the client that ends its session in the browser.').optional(),
    frontchannel_logout_session_required: z.boolean().describe('Whether that page is told which session ends.').optional(),
    backchannel_logout_uri: uri.describe('Where the client is told by the server that a session ends.').optional(),
    backchannel_logout_session_required: z.boolean().describe('Whether the logout token must name the session.').optional(),
    claims: z.record(text, z.json()).describe('Claims about the client itself, for its access tokens.').optional(),
    profile: z.enum(PROFILES).describe('The policy that the client follows; `oauth21` when absent.').optional(),
    policy: policySchema.optional(),
  })
  .describe('A client: RFC 7591 names, as any registration would send them.')

/** A client as it is read, with lengths of time in seconds. */
export type ConfiguredClient = z.output<typeof clientSchema>
