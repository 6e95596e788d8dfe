import { authError, type Client, type TokenSet } from '@latchkey/client'
import { requireWebAddress } from './browser-opener.ts'
import { openLoopbackRedirect } from './loopback-redirect.ts'

/** How a user is sent to a browser, and how they come back. */
export interface BrowserLoginOptions {
  readonly scope: string
  readonly resource?: string | readonly string[] | undefined
  readonly extra?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
  /** Hears the address, to show it. */
  readonly onBrowser: (url: string) => void
  /** Opens the address; answers false when it cannot. */
  readonly open: (url: string) => Promise<boolean>
  /** Asks for the address that a browser on another machine ended at, which nothing here heard. */
  readonly paste?: (() => Promise<string>) | undefined
}

/** Signs a user in by a browser on this machine, or by what they paste from one elsewhere; whichever comes first. @spec RFC 8252 §6, §7.3, §8.1 */
export async function loginByBrowser(client: Client, { scope, resource, extra, signal, onBrowser, open, paste }: BrowserLoginOptions): Promise<TokenSet> {
  const redirect = await openLoopbackRedirect()
  try {
    const { url, pending } = await client.authorizationUrl({
      redirectUri: redirect.redirectUri, scope,
      ...(resource !== undefined && { resource }), ...(extra !== undefined && { extra }), ...(signal !== undefined && { signal }),
    })
    const { href } = requireWebAddress(url.href)
    const arrival = redirect.arrival(pending.state, signal)
    onBrowser(href)
    await open(href)
    const response = await (paste === undefined ? arrival : Promise.race([arrival, pasted(paste, arrival)]))
    return await client.callback(response, pending, signal === undefined ? {} : { signal })
  } catch (cause) {
    throw signal?.aborted === true ? authError('aborted', 'authorize', { cause }) : cause
  } finally {
    redirect.close()
  }
}

/** What was pasted; nothing pasted, or a prompt that failed, leaves the waiting to the browser. */
async function pasted(paste: () => Promise<string>, arrival: Promise<URL>): Promise<URL> {
  const text = (await paste().catch(() => '')).trim()
  if (text === '') return arrival
  if (!URL.canParse(text)) throw authError('response_malformed', 'callback', { hint: 'paste the whole address that the browser ended at' })
  return new URL(text)
}
