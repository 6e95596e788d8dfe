import { asking, type Browser, browserFor, codeOf, returned } from '../../packages/server/test/browser.ts'
import { pushed, pushedUrl } from '../../packages/server/test/requests.ts'
import type { Cluster } from './redemptions.ts'

/** Opens one pushed request in this many tabs of a browser, spread over the servers, finishes all at once, and answers the codes it ended in. */
export async function finishPushedRequest({ nodes }: Cluster, tabs: number): Promise<readonly string[]> {
  const [first] = nodes
  const signedIn = browserFor(first)
  await codeOf(signedIn)
  const request_uri = await pushed(first, asking({ prompt: 'consent' }))
  const browsers = Array.from({ length: tabs }, (_, tab) => sameBrowser(signedIn, browserFor(nodes[tab % nodes.length] ?? first)))
  const pages = await Promise.all(browsers.map(async (browser) => ({ browser, page: await browser.open(pushedUrl(request_uri)) })))
  const answers = await Promise.all(pages.map(({ browser, page }) => browser.submit(page, { decision: 'allow' })))
  return [...new Set(answers.flatMap((answer) => returned(answer).code ?? []))]
}

function sameBrowser({ cookies }: Browser, other: Browser): Browser {
  for (const [name, value] of cookies) other.cookies.set(name, value)
  return other
}
