import type { ClientMetadata } from '@latchkey/core'
import { type AuthorizationServerOptions, type Outbound, OutboundRefused, type OutboundRequest } from '@latchkey/server'
import { asking, type Browser, codeOf, type Parameters, type User } from './browser.ts'
import { type Issuer, testIssuer } from './issuer.ts'
import { redeeming, tokenRequest, type Tokens, tokensOf } from './tokens.ts'

const PUBLIC = { token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'], scope: 'openid offline_access api', policy: { consent: 'never' } } as const

/** Clients that want to hear of a logout: `shop` and `mail` by the back channel, `news` in the browser, `both` by both, `plain` not at all. */
export const RELYING_PARTIES: readonly ClientMetadata[] = [
  { ...PUBLIC, client_id: 'shop', client_name: 'Shop <1>', redirect_uris: ['https://shop.example/cb'], post_logout_redirect_uris: ['https://shop.example/bye', 'https://shop.example/bye?a=1%202'], backchannel_logout_uri: 'https://shop.example/logout' },
  { ...PUBLIC, client_id: 'mail', redirect_uris: ['https://mail.example/cb'], post_logout_redirect_uris: ['https://mail.example/bye'], backchannel_logout_uri: 'https://mail.example/logout', id_token_signed_response_alg: 'ES256' },
  { ...PUBLIC, client_id: 'news', redirect_uris: ['https://news.example/cb'], post_logout_redirect_uris: ['https://news.example/bye'], frontchannel_logout_uri: 'https://news.example/logout?from=as', frontchannel_logout_session_required: true },
  { ...PUBLIC, client_id: 'both', redirect_uris: ['https://both.example/cb'], frontchannel_logout_uri: 'https://both.example/front', backchannel_logout_uri: 'https://both.example/back' },
  { ...PUBLIC, client_id: 'plain', redirect_uris: ['https://plain.example/cb'], post_logout_redirect_uris: ['https://plain.example/bye'] },
]

/** A post that reached a relying party. */
export interface Told {
  readonly url: string
  readonly request: OutboundRequest
}

/** What a relying party does with a post: its status, nothing at all, or an address that may not be called. */
export type Manner = number | 'hangs' | 'private'

/** Relying parties that hear of logouts, each in its manner; 200 unless told. */
export interface RelyingParties {
  readonly told: Told[]
  readonly manners: Map<string, Manner>
  readonly outbound: Outbound
  /** Ends what hangs. */
  release(): void
}

export function relyingParties(): RelyingParties {
  const told: Told[] = []
  const manners = new Map<string, Manner>()
  const hanging: (() => void)[] = []
  return {
    told,
    manners,
    release: () => hanging.splice(0).forEach((end) => end()),
    async outbound(url, request = {}) {
      const manner = manners.get(url) ?? 200
      if (manner === 'private') throw new OutboundRefused('an address in a private network')
      told.push({ url, request })
      if (manner === 'hangs') await new Promise<void>((_, reject) => hanging.push(() => reject(new Error('timed out'))))
      return { status: manner === 'hangs' ? 0 : manner, headers: new Headers(), body: '' }
    },
  }
}

/** A server of these clients, which calls them through `parties`. */
export function logoutIssuer(parties: RelyingParties = relyingParties(), options: Partial<AuthorizationServerOptions> = {}): Issuer {
  return testIssuer({ clients: RELYING_PARTIES, outbound: parties.outbound, ...options })
}

/** The parameters by which one of the clients signs its user in. */
export function askingFor(client_id: string, changes: Parameters = {}): Record<string, string> {
  return asking({ client_id, redirect_uri: `https://${client_id}.example/cb`, ...changes })
}

/** Signs a user in to one of the clients. */
export async function signInTo(client_id: string, browser: Browser, issuer: Issuer, user?: User, scope = 'openid'): Promise<Tokens> {
  const code = await codeOf(browser, askingFor(client_id, { scope }), user)
  return tokensOf(await issuer.fetch(tokenRequest(redeeming(code, { client_id, redirect_uri: `https://${client_id}.example/cb` }))))
}

/** The logout token that a post carries. */
export function logoutTokenIn({ request }: Told): string {
  return new URLSearchParams(request.body).get('logout_token') ?? ''
}
