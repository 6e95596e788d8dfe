import type { Store } from '@latchkey/server'
import { asking, browserFor, codeOf } from '../../packages/server/test/browser.ts'
import { askedBy, DEVICE_CLIENTS, deviceIssuer, entering, pollRequest } from '../../packages/server/test/devices.ts'
import { API, CLIENTS, type Issuer, REPORTS, START } from '../../packages/server/test/issuer.ts'
import { redeeming, refreshing, signedIn, tokenRequest, type Tokens } from '../../packages/server/test/tokens.ts'
import { SIGNING_CLIENT } from './assertions.ts'

/** Servers that share what they store and the time, as those behind one load balancer do. */
export interface Cluster {
  readonly nodes: readonly [Issuer, ...Issuer[]]
  /** Lets go of the stores. */
  close(): Promise<void>
}

/** A server on each of these stores. */
export async function startCluster(first: Store, ...others: readonly Store[]): Promise<Cluster> {
  const node = (store: Store) => deviceIssuer({ store, clock: () => START, clients: [...CLIENTS, ...DEVICE_CLIENTS, SIGNING_CLIENT], resources: [{ resource: API, scopes: ['api'], operatedBy: ['service'] }, { resource: REPORTS, scopes: ['reports'] }] })
  const nodes: Cluster['nodes'] = [node(first), ...others.map(node)]
  await Promise.all(nodes.map(({ ready }) => ready()))
  return { nodes, close: async () => void (await Promise.all([first, ...others].map((store) => store.close()))) }
}

/** Something that is good for one redemption. */
export interface Redemption {
  readonly client_id: string
  /** Obtains a new one, and answers the request that redeems it, as often as it is asked for. */
  obtain(issuer: Issuer): Promise<() => Request>
}

const codeFor = (client_id: string): Redemption => ({
  client_id,
  async obtain(issuer) {
    const code = await codeOf(browserFor(issuer), asking({ client_id, scope: 'openid offline_access' }))
    return () => tokenRequest(redeeming(code, { client_id }))
  },
})

const refreshTokenOf = (client_id: string): Redemption => ({
  client_id,
  async obtain(issuer) {
    const { refresh_token } = await signedIn(issuer, { client_id })
    return () => tokenRequest(refreshing(refresh_token, { client_id }))
  },
})

const deviceCode: Redemption = {
  client_id: 'tv',
  async obtain(issuer) {
    const { device_code, user_code } = await askedBy(issuer, { client_id: 'tv', scope: 'openid offline_access' })
    const { browser, page } = await entering(issuer, user_code)
    await browser.submit(page, { decision: 'allow' })
    return () => pollRequest(device_code)
  },
}

/** What one caller at most may redeem. */
export const SINGLE_USE: Readonly<Record<string, Redemption>> = { 'a code': codeFor('spa'), 'a refresh token, strict': refreshTokenOf('strict'), 'a device code': deviceCode }

/** What is answered with the same successor again for a while. */
export const REPEATABLE: Redemption = refreshTokenOf('spa')

/** The tokens of an answer, or how it was refused. */
export async function outcomeOf(answer: Response): Promise<Tokens | string> {
  const body = (await answer.json()) as Tokens & { readonly error: string }
  return answer.status === 200 ? body : `${answer.status} ${body.error}`
}

/** The request that uses the refresh token of these tokens. */
export function refreshOf({ refresh_token }: Tokens, { client_id }: Redemption): Request {
  return tokenRequest(refreshing(refresh_token, { client_id }))
}
