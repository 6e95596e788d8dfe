import type { Exchange } from '@latchkey/server'
import { describe, expect, it } from 'vitest'
import { ISSUER, testIssuer } from './issuer.ts'
import { SERVICE, tokenRequest } from './tokens.ts'

const ARRIVAL = { trace: 'a-name-that-the-listener-drew', address: '192.0.2.7' }

describe('RIG-6, what a listener knows of a request', () => {
  it('RIG-6 is the name of its trace, in refusals, events and pages', async () => {
    const issuer = testIssuer()
    const refused = await issuer.fetch(tokenRequest({ grant_type: 'nosuch' }, SERVICE), ARRIVAL)
    expect([refused.status, refused.headers.get('trace-id')]).toEqual([400, ARRIVAL.trace])
    await issuer.fetch(tokenRequest({ grant_type: 'client_credentials', scope: 'api' }, SERVICE), ARRIVAL)
    expect(issuer.events).toMatchObject([{ event: 'refused', trace: ARRIVAL.trace, key: 'grant_type_unsupported' }, { event: 'issued', trace: ARRIVAL.trace, client_id: 'service' }])
  })

  it('is the address of the client, for pages that count and log', async () => {
    const issuer = testIssuer()
    const seen: Pick<Exchange, 'trace' | 'address'>[] = []
    const page = issuer.page('login', async ({ trace, address }) => (seen.push({ trace, address }), new Response()))
    await page(new Request(`${ISSUER}/login`), ARRIVAL)
    await page(new Request(`${ISSUER}/login`))
    expect(seen).toEqual([ARRIVAL, { trace: expect.stringMatching(/^[\w-]{27}$/), address: undefined }])
  })
})
