import type { AuthorizationResponse, Client, Question } from '@latchkey/core'

/** How a visit that was about signing out ended. */
export interface LogoutOutcome {
  readonly outcome: 'signed_out' | 'kept'
  /** The client that asked, if it is known. */
  readonly client: Client | undefined
  /** Where the user can go from here: an address that the client registered. */
  readonly href: string | undefined
  /** Whether the browser goes there by itself, once the frames have had their time. */
  readonly isAutomatic: boolean
  /** Pages of clients, each to be loaded in a frame, by which they hear of the logout. */
  readonly frames: readonly string[]
  readonly ui_locales: string | undefined
  readonly trace: string
  readonly http: Request
}

/** Where the user is asked: paths of the application's own pages, below the issuer. */
export interface InteractionPages {
  /** The path of the page that asks this question. It is opened with `?interaction=HANDLE`. */
  path(question: Question): string
  /** Whether there is a page where users make an account, for `prompt=create`. */
  readonly offersRegistration?: boolean
  /** The page that shows a refusal which no client may be told. Without one a plain page is shown. */
  refusal?(shown: ShownRefusal): Response | Promise<Response>
  /** The page at the end of a logout. Without one a plain page is shown. */
  loggedOut?(shown: LogoutOutcome): Response | Promise<Response>
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
