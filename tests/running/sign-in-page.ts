import type { Page } from 'playwright-core'

/** Signs a user in on our sign-in page, once it shows. */
export async function signInOn(page: Page, username: string): Promise<void> {
  await page.fill('[name=username]', username)
  await page.fill('[name=password]', username)
  await page.click('button[type=submit]')
}
