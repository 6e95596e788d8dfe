import { SIGNING_ALGORITHMS } from '@latchkey/core'
import * as z from 'zod'
import { clientSchema } from './client-schema.ts'
import { duration } from './duration.ts'
import { examSchema, outboundSchema } from './network/exam-schema.ts'
import { listenSchema } from './network/listen-schema.ts'
import { saying } from './saying.ts'
import { userSchema } from './user-schema.ts'

const text = z.string()

const scopeSchema = z.strictObject({
  name: text.regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/, { error: saying('is no scope name', 'use printable ASCII without spaces, quotation marks and backslashes') }).describe('The name in requests and tokens.'),
  description: text.describe('What users read when asked, as in “Use the demo API”.').optional(),
})

const resourceSchema = z.strictObject({
  resource: text
    .refine((uri) => URL.canParse(uri) && !uri.includes('#') && !/\s/.test(uri), { error: saying('is not an absolute URI without fragment', 'write the address of the API, such as https://api.example.com') })
    .describe('The absolute URI of the API: the audience of its tokens.'),
  scopes: z.array(scopeSchema.shape.name).min(1, { error: saying('is empty, so that nobody can ask for this API', 'name at least one scope') }).describe('The scope names that belong to the API.'),
  access_token_format: z.enum(['jwt', 'opaque']).describe('`jwt` (RFC 9068) is checked by the API itself, `opaque` by asking the server. `jwt` when absent.').default('jwt'),
  operatedBy: z.array(text).describe('The client_ids of the software behind the API: it may ask about tokens for the API, and exchange them.').optional(),
})

const trustedIssuerSchema = z.strictObject({
  issuer: text.describe('The iss of its assertions.'),
  jwks: z.strictObject({ keys: z.array(z.looseObject({ kty: text.describe('The kind of key, as in `EC`.') })).min(1, { error: saying('is empty', 'add a public key') }).describe('The JWKs, without private members.') }).describe('Its public keys.').optional(),
  jwks_uri: text.describe('Where it publishes its keys; https, or http on this machine.').optional(),
  algorithms: z.array(z.enum(SIGNING_ALGORITHMS)).min(1, { error: saying('is empty', 'name at least one algorithm') }).describe('The algorithms that it signs with; ES256, RS256, PS256 and EdDSA when absent.').optional(),
  clients: z.array(text).describe('The client_ids that may bring its assertions; all that have the grant when absent.').optional(),
  scope: z.array(scopeSchema.shape.name).describe('The scope names that its assertions can be good for; those of the client when absent.').optional(),
})

const keysSchema = z.strictObject({
  algorithms: z.array(z.enum(SIGNING_ALGORITHMS)).min(1, { error: saying('is empty', 'name at least one algorithm') }).describe('The algorithms to sign with; access tokens use the first. ES256 and RS256 when absent.').optional(),
  rotateAfter: duration.describe('How long a key signs before the next one takes over; 90d when absent.').optional(),
  announceFor: duration.describe('How long a key is published before it signs; 14d when absent.').optional(),
  retireAfter: duration.describe('How long a key is published after it has signed its last; 14d when absent.').optional(),
})

const endpointsSchema = z.strictObject({
  authorization: z.boolean().describe('`/authorize`, where users are sent to.').optional(),
  pushed_authorization_request: z.boolean().describe('`/par`, where clients push their authorization requests.').optional(),
  token: z.boolean().describe('`/token`, where clients get tokens.').optional(),
  userinfo: z.boolean().describe('`/userinfo`, where clients read about their user.').optional(),
  device_authorization: z.boolean().describe('`/device_authorization`, where devices begin, and the page where their users let them in.').optional(),
  introspection: z.boolean().describe('`/introspect`, where APIs ask about tokens.').optional(),
  revocation: z.boolean().describe('`/revoke`, where clients end tokens.').optional(),
})

/** The configuration file. */
export const configurationSchema = z.strictObject({
  $schema: text.describe('The JSON Schema of this file, for editors.').optional(),
  issuer: text.describe('The URL that names this server, as clients see it. Never inferred from a request.').optional(),
  allowInsecureIssuer: z.boolean().describe('Whether the issuer may be plain http to another machine. Tokens and passwords can then be read on the way.').optional(),
  store: text.describe('Where data is kept: `sqlite:PATH` or `memory:`. A relative path starts at this file.').optional(),
  encryptionKey: text.describe('The key that private keys are encrypted with in the store: 32 random bytes in base64, base64url or hexadecimal. Better kept out of this file: see encryptionKeyFile.').optional(),
  encryptionKeyFile: text.describe('A file that holds encryptionKey, relative to this file.').optional(),
  listen: listenSchema.describe('Where and how the server listens.').optional(),
  endpoints: endpointsSchema.describe('Endpoints that are not to be are `false`. They answer 404, and nobody is told of them.').optional(),
  outbound: outboundSchema.describe('How this server calls others: the keys and documents that clients name.').optional(),
  exam: examSchema.describe('What only a test of conformance needs. Never on a server that others use.').optional(),
  sessionLifetime: duration.describe('How long a browser stays signed in; 12h when absent.').optional(),
  demo: z.boolean().describe('Whether the sign-in page shows every user with password. Only on a loopback issuer.').optional(),
  clients: z.array(clientSchema).describe('The applications that may ask for tokens.').optional(),
  users: z.array(userSchema).describe('The users who can sign in.').optional(),
  scopes: z.array(scopeSchema).describe('Permissions that clients may ask for, beside the standard ones.').optional(),
  resources: z.array(resourceSchema).describe('The APIs that access tokens are for.').optional(),
  trustedIssuers: z.array(trustedIssuerSchema).describe('Whose assertions are believed, by the JWT bearer grant.').optional(),
  keys: keysSchema.describe('How tokens are signed.').optional(),
}).describe('The configuration of a Latchkey server.')

/** What a configuration file may hold. */
export type ConfigurationFile = z.input<typeof configurationSchema>
/** A configuration file once it is read, with lengths of time in seconds. */
export type ReadConfiguration = z.output<typeof configurationSchema>
