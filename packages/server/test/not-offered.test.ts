import { describe, expect, it } from 'vitest'
import { asking, authorizeUrl, browserFor } from './browser.ts'
import { ISSUER, refused, testIssuer } from './issuer.ts'
import { expectError, signedIn, refreshing, tokenRequest, tokensOf } from './tokens.ts'

const metadataOf = async (issuer = testIssuer()) => (await (await issuer.fetch(new Request(`${ISSUER}/.well-known/openid-configuration`))).json()) as Record<string, unknown>

describe('what is not offered is not announced, and refused', () => {
  it('CA15 a certificate in a header proves nothing', async () => {
    const metadata = await metadataOf()
    expect(metadata.token_endpoint_auth_methods_supported).not.toContain('tls_client_auth')
    expect(Object.keys(metadata).filter((name) => name.includes('tls'))).toEqual([])
    for (const header of ['client-cert', 'x-ssl-client-cert', 'x-forwarded-client-cert']) {
      const issuer = testIssuer()
      const answer = await refused(issuer, 'client_authentication_method_mismatch', () => issuer.fetch(tokenRequest({ grant_type: 'client_credentials', client_id: 'service' }, { [header]: ':MIIB:' })))
      await expectError(answer, 401, 'invalid_client')
    }
  })
  it('F10 proofs of possession change nothing: tokens stay bearer tokens, and say so', async () => {
    expect(Object.keys(await metadataOf()).filter((name) => name.includes('dpop'))).toEqual([])
    const issuer = testIssuer()
    const { refresh_token } = await signedIn(issuer)
    expect(await tokensOf(await issuer.fetch(tokenRequest(refreshing(refresh_token), { dpop: 'a.b.c' })))).toMatchObject({ token_type: 'Bearer' })
  })
  it.each(['https://169.254.169.254/m', 'https://localhost/m', 'https://u:p@h.example/m', 'https://h.example/../m', 'https://app.example/client.json'])('G11 G12 G15 an address is no client, and nobody calls it: %s', async (client_id) => {
    expect(await metadataOf()).not.toHaveProperty('client_id_metadata_document_supported')
    const calls: string[] = []
    const issuer = testIssuer({ outbound: (url) => Promise.reject(new Error(`${calls.push(url)}`)) })
    const answer = await refused(issuer, 'authorize_client_unknown', () => browserFor(issuer).send(authorizeUrl(asking({ client_id, redirect_uri: 'https://app.example/cb' }))))
    expect([answer.status, answer.headers.get('location'), calls]).toEqual([400, null, []])
  })
})
