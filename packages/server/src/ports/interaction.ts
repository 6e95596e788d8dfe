import type { AuthorizationResponse, Question } from '@latchkey/core'

/** Where the user is asked: paths of the application's own pages, below the issuer. */
export interface InteractionPages {
  /** The path of the page that asks this question. It is opened with `?interaction=HANDLE`. */
  path(question: Question): string
  /** Whether there is a page where users make an account, for `prompt=create`. */
  readonly offersRegistration?: boolean
  /** The page that shows a refusal which no client may be told. Without one a plain page is shown. */
  refusal?(shown: ShownRefusal): Response | Promise<Response>
}

/** A refusal, as a page shows it. */
export interface ShownRefusal {
  readonly error: string | undefined
  readonly text: string
  readonly status: number
  readonly trace: string
  readonly ui_locales?: string
  /** Where the client would hear of it, once the user has seen to whom they go on. A page that offers it names the host. @spec RFC 9700 §4.11.2 */
  readonly onward?: Onward
}

/** An address outside, to which the user may go on. */
export interface Onward {
  readonly host: string
  readonly response: AuthorizationResponse
}
