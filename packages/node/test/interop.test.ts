import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientSecretBasic, clientSecretPost, createServiceAuth, createVerifier, isAuthError, isVerifyError } from '../src/index.ts'
import { type ForeignIssuer, SECRET, startForeignIssuer } from './foreign-issuer.ts'
import { AUDIENCE, bearer } from './test-issuer.ts'

let foreign: ForeignIssuer

beforeAll(async () => {
  foreign = await startForeignIssuer()
})
afterAll(() => foreign.stop())

const service = (clientAuth = clientSecretBasic(SECRET)) => createServiceAuth({ issuer: foreign.issuer, clientId: 'service', clientAuth })

describe('against oidc-provider', () => {
  it('a service gets a JWT access token that the verifier accepts', async () => {
    const verify = createVerifier({ issuer: foreign.issuer, audience: AUDIENCE })
    const { token, type, scope } = await service().for({ resource: AUDIENCE, scope: 'api' }).token()
    expect({ type, scope }).toEqual({ type: 'Bearer', scope: ['api'] })
    const verified = await verify(bearer(token), { scope: 'api' })
    expect(verified).toMatchObject({ sub: 'service', clientId: 'service', scope: new Set(['api']), claims: { iss: foreign.issuer, aud: AUDIENCE } })
    await expect(verify(bearer(token), { scope: 'other' })).rejects.toMatchObject({ code: 'insufficient_scope' })
  })

  it('its token for one resource is refused by another', async () => {
    const verify = createVerifier({ issuer: foreign.issuer, audience: AUDIENCE })
    const { token } = await service().for({ resource: 'https://other.example', scope: 'api' }).token()
    const error: unknown = await verify(bearer(token)).catch((thrown: unknown) => thrown)
    expect(isVerifyError(error) && error.reason).toBe('audience_mismatch')
  })

  it('the secret may travel in the body as well', async () => {
    await expect(service(clientSecretPost(SECRET)).for({ resource: AUDIENCE, scope: 'api' }).token()).resolves.toMatchObject({ type: 'Bearer' })
  })

  it('a wrong secret is a typed error', async () => {
    const error: unknown = await service(clientSecretBasic('wrong-secret')).for({ resource: AUDIENCE, scope: 'api' }).token().catch((thrown: unknown) => thrown)
    expect(isAuthError(error, 'invalid_client')).toBe(true)
  })
})
