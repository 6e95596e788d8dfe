/** An SDK for single-page applications, and how a page uses it. */
export interface Contestant {
  readonly name: string
  /**
   * A module that exports `login`, `callback` and `refresh`, the last of which answers the new access token; each throws when it fails.
   * `issuer` and `origin` are in scope.
   */
  readonly page: string
}

/** What is compared: each keeps tokens in `localStorage`, so that tabs share a session, and is otherwise set up as its manual says. */
export const CONTESTANTS: readonly Contestant[] = [
  {
    name: '@latchkey/browser',
    page: `
      import { createAuth } from '@latchkey/browser'
      const auth = createAuth({ issuer, clientId: 'spa', scope: 'openid offline_access', tokens: 'local' })
      const signedIn = state => { if (state.status !== 'authenticated') throw state.reason ?? new Error(state.status) }
      export const login = () => auth.login()
      export const callback = async () => signedIn(await auth.ready())
      export const refresh = async () => (await auth.token({ forceRefresh: true })).token
    `,
  },
  {
    name: 'oidc-client-ts',
    page: `
      import { UserManager, WebStorageStateStore } from 'oidc-client-ts'
      const manager = new UserManager({ authority: issuer, client_id: 'spa', redirect_uri: origin + '/callback', scope: 'openid offline_access', userStore: new WebStorageStateStore({ store: localStorage }), automaticSilentRenew: false })
      export const login = () => manager.signinRedirect()
      export const callback = () => manager.signinCallback()
      export const refresh = async () => (await manager.signinSilent()).access_token
    `,
  },
  {
    name: '@axa-fr/oidc-client',
    page: `
      import { OidcClient, OidcLocation } from '@axa-fr/oidc-client'
      const client = OidcClient.getOrCreate(() => fetch, new OidcLocation())({ authority: issuer, client_id: 'spa', redirect_uri: origin + '/callback', scope: 'openid offline_access', storage: localStorage, token_automatic_renew_mode: 'AutomaticOnlyWhenFetchExecuted' })
      export const login = () => client.loginAsync('/')
      export const callback = () => client.loginCallbackAsync()
      export const refresh = async () => {
        if (!client.tokens) await client.tryKeepExistingSessionAsync()
        await client.renewTokensAsync()
        return client.tokens.accessToken
      }
    `,
  },
]
