import { has, pageOf, type Page, UserAgent } from './user-agent.ts'

/** Opens what a device shows, signs in, and answers with a button as long as there is one with that name; answers the page that remains. */
export async function approveDevice(issuer: string, shown: string, decision: 'allow' | 'deny', username = 'alice'): Promise<Page> {
  const agent = new UserAgent(issuer)
  let page = pageOf(await agent.visit(shown))
  for (let step = 0; step < 5 && page.html.querySelector('form') !== null; step++) {
    const fields: Readonly<Record<string, string>> = has(page, 'input[name=password]') ? { username, password: username } : has(page, `button[value=${decision}]`) ? { decision } : {}
    page = pageOf(await agent.submit(page, fields))
  }
  return page
}
