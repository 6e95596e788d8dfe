import type { Question } from '@latchkey/core'

/** Where the user is asked: paths of the application's own pages, below the issuer. */
export interface InteractionPages {
  /** The path of the page that asks this question. It is opened with `?interaction=HANDLE`. */
  path(question: Question): string
  /** Whether there is a page where users make an account, for `prompt=create`. */
  readonly offersRegistration?: boolean
  /** The page that shows a refusal which no client may be told. Without one a plain page is shown. */
  refusal?(shown: { readonly error: string | undefined; readonly text: string; readonly status: number; readonly trace: string; readonly ui_locales?: string }): Response | Promise<Response>
}
