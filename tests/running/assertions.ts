import type { ClientJwk, ClientMetadata } from '@latchkey/core'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { ISSUER, START } from '../../packages/server/test/issuer.ts'
import { tokenRequest } from '../../packages/server/test/tokens.ts'

const pair = await generateKeyPair('ES256')
const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1' } as unknown as ClientJwk

/** A client that authenticates by what it signs. */
export const SIGNING_CLIENT: ClientMetadata = { client_id: 'signing', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] }, grant_types: ['client_credentials'], scope: 'api' }

let number = 0

/** Signs an assertion, and answers the token request that brings it, as often as it is asked for. @spec RFC 7523 §2.2 */
export async function bringingAssertion(): Promise<() => Request> {
  const claims = { iss: SIGNING_CLIENT.client_id, sub: SIGNING_CLIENT.client_id, aud: ISSUER, iat: START, exp: START + 60, jti: `j${number++}` }
  const client_assertion = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(pair.privateKey)
  return () => tokenRequest({ grant_type: 'client_credentials', scope: 'api', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion })
}
