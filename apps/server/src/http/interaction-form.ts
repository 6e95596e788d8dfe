import type { Exchange, Waiting } from '@latchkey/server'
import type { FormTarget } from '../pages/index.ts'

/** Where the form of an interaction's page is sent: to the page itself, with what proves that it was shown. */
export function formAt({ fields }: Waiting, { http }: Exchange): FormTarget {
  const { pathname, search } = new URL(http.url)
  return { action: pathname + search, hidden: fields }
}
