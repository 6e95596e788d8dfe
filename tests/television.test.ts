import { clientSecretBasic, createClient, isAuthError, type DeviceAuthorization } from '@latchkey/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Demo, SECRETS, startDemo } from './running/demo.ts'
import { has, pageOf, type Page, UserAgent } from './running/user-agent.ts'

let demo: Demo
beforeAll(async () => {
  demo = await startDemo()
})
afterAll(() => demo.stop())

const television = () => createClient({ issuer: demo.issuer, clientId: 'tv' })
const codeOf = (work: Promise<unknown>) => work.then(() => 'no error', (error: unknown) => (isAuthError(error) ? error.code : error))

/** Follows the QR code, signs in, and answers with a button as long as there is one with that name. */
async function decide({ verificationUriComplete = '' }: DeviceAuthorization, decision: string): Promise<Page> {
  const agent = new UserAgent(demo.issuer)
  let page = pageOf(await agent.visit(verificationUriComplete))
  for (let step = 0; step < 5 && page.html.querySelector('form') !== null; step++) {
    const fields = has(page, 'input[name=password]') ? { username: 'alice', password: 'alice' } : has(page, `button[value=${decision}]`) ? { decision } : {}
    page = pageOf(await agent.submit(page, fields as Record<string, string>))
  }
  return page
}

describe('our client as a television', () => {
  test('gets the tokens of whoever allows it, can use them, and gives them back', async () => {
    const client = television()
    const authorization = await client.device({ scope: 'openid profile offline_access' })
    expect(authorization.verificationUri).toBe(`${demo.issuer}/device`)
    const [tokens] = await Promise.all([authorization.poll(), decide(authorization, 'allow')])
    expect(tokens).toMatchObject({ issuer: demo.issuer, clientId: 'tv', claims: { sub: 'alice', aud: 'tv' } })
    expect(await client.userinfo(tokens)).toMatchObject({ sub: 'alice' })
    const refreshed = await client.refresh(tokens)
    await client.revoke(refreshed)
    expect(await codeOf(client.refresh(refreshed))).toBe('invalid_grant')
  })

  test('is told when the user says no', async () => {
    const authorization = await television().device()
    const [ended] = await Promise.all([codeOf(authorization.poll()), decide(authorization, 'deny')])
    expect(ended).toBe('access_denied')
  })
})

test('our client asks what its token stands for', async () => {
  const service = createClient({ issuer: demo.issuer, clientId: 'service', clientAuth: clientSecretBasic(SECRETS.service) })
  const tokens = await service.clientCredentials({ scope: 'api' })
  expect(await service.introspect(tokens)).toMatchObject({ active: true, client_id: 'service', scope: 'api' })
  expect(await service.introspect('no token of theirs')).toEqual({ active: false })
})
