import type { HtmlEscapedString } from 'hono/utils/html'
import type { Locale } from './messages/index.ts'

/** A rendered page, or the promise of one. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** What every page says about the server it belongs to. */
export interface Site {
  /** The product or company name in headings and the browser's title. */
  readonly name: string
  /** The issuer identifier; its host is shown at the foot of each page. */
  readonly issuer: string
  /** The language of the page. */
  readonly locale: Locale
  /** Stylesheets loaded after the built-in one, to override its custom properties; same origin only. */
  readonly themes?: readonly string[]
  /** Links of the operator at the foot of each page, such as an imprint. */
  readonly links?: readonly { readonly label: string; readonly href: string }[]
}

/** The client as its users know it; every text in it is the client's own claim about itself. */
export interface ClientIdentity {
  readonly client_id: string
  readonly client_name?: string
  /** Where the client says its logo is. Pages load it from `logos/CLIENT_ID` under the issuer, never from there. */
  readonly logo_uri?: string
  readonly policy_uri?: string
  readonly tos_uri?: string
  /** True when the client came by open registration and nobody has reviewed it. */
  readonly isSelfRegistered?: boolean
}

/** Hidden fields of a form, in order. */
export type HiddenFields = readonly (readonly [name: string, value: string])[]

/** Where a form is sent and what it carries along. */
export interface FormTarget {
  readonly action: string
  readonly hidden: HiddenFields
}

/** The accounts that a demo offers; absent on a server that is no demo. */
export interface DemoNotice {
  readonly users: readonly { readonly username: string; readonly password: string }[]
}

/** Why the sign-in form is shown again, or in a special way. */
export type LoginProblem =
  | 'username_missing'
  | 'password_missing'
  | 'credentials_wrong'
  | 'too_many_attempts'
  | 'form_expired'
  | 'reauthentication_wanted'

/** The sign-in page: posts `username` and `password`, or `decision=deny`. */
export interface LoginProps {
  readonly site: Site
  readonly form: FormTarget
  /** Absent when the user signs in to the server itself; then there is nobody to cancel towards. */
  readonly client?: ClientIdentity
  /** The name to start with, from `login_hint` or the attempt before. */
  readonly username?: string
  readonly problem?: LoginProblem
  readonly demo?: DemoNotice
}

/** One scope value asked for; `title` and `description` come from the operator's configuration. */
export interface RequestedScope {
  readonly name: string
  readonly title?: string
  readonly description?: string
}

/** Who is signed in. */
export interface SignedInUser {
  readonly username: string
  readonly name?: string
}

/** The consent page: posts `decision` as `allow`, `deny` or `switch` (another account). */
export interface ConsentProps {
  readonly site: Site
  readonly form: FormTarget
  readonly client: ClientIdentity
  readonly user: SignedInUser
  readonly scopes: readonly RequestedScope[]
  /** The redirect URI of this request, of which the host is shown. */
  readonly redirect_uri: string
}

/** Why the form for a user code is shown again. */
export type DeviceProblem = 'user_code_missing' | 'user_code_unknown'

/** The device page that asks for the code: posts `user_code`, or `decision=switch`. */
export interface DeviceCodeProps {
  readonly step: 'code'
  readonly site: Site
  readonly form: FormTarget
  readonly user: SignedInUser
  /** The code to start with, from the address or the attempt before. It is never sent without the user. */
  readonly user_code?: string
  readonly problem?: DeviceProblem
}

/** The device page once the code is known: posts `decision` as `allow`, `deny` or `switch`. */
export interface DeviceConfirmationProps {
  readonly step: 'confirmation'
  readonly site: Site
  readonly form: FormTarget
  readonly client: ClientIdentity
  readonly user: SignedInUser
  readonly scopes: readonly RequestedScope[]
  /** What the device says it is. */
  readonly seen?: string
  readonly askedSecondsAgo: number
}

/** The device page after the decision. */
export interface DeviceDoneProps {
  readonly step: 'done'
  readonly site: Site
  readonly decision: 'allow' | 'deny'
}

/** The device page, at one of its three steps. */
export type DeviceProps = DeviceCodeProps | DeviceConfirmationProps | DeviceDoneProps

/** The page for what cannot be answered by a redirect. */
export interface ErrorProps {
  readonly site: Site
  /** The error name as the registry spells it, `invalid_request`; ours beyond that are `not_found`, `uri_too_long`, `headers_too_large` and `interaction_expired`. */
  readonly error: string
  /** The text for the caller's developer; safe to show. */
  readonly description?: string
  readonly traceId: string
  /** The host to which the user may go on with the error, and how: by a link, or by a form with hidden fields. */
  readonly onward?: { readonly host: string; readonly href: string } | { readonly host: string; readonly form: FormTarget }
}

/** The page that asks whether to sign out: posts `decision` as `allow` or `deny`. */
export interface LogoutProps {
  readonly site: Site
  readonly form: FormTarget
  /** The client that asks for it, if it said who it is. */
  readonly client?: ClientIdentity
  /** Who would be signed out; absent when nobody is signed in any more. */
  readonly user?: SignedInUser
}

/** The page after signing out, or after deciding to stay. */
export interface SignedOutProps {
  readonly site: Site
  /** `kept` when the user stays signed in; `signed_out` unless told. */
  readonly outcome?: 'signed_out' | 'kept'
  /** The client that asked and its registered post-logout redirect URI, to which the browser goes by itself after some seconds if told. */
  readonly back?: { readonly client: ClientIdentity; readonly href: string; readonly afterSeconds?: number }
  /** Pages of clients that hear of the logout in a frame. */
  readonly frames?: readonly string[]
  /** Where to sign in again, on this server. */
  readonly signInHref?: string
}

/** A place to go from the home page. */
export interface HomeLink {
  readonly title: string
  readonly description?: string
  readonly href: string
}

/** The page at the server's root. */
export interface HomeProps {
  readonly site: Site
  readonly discoveryHref: string
  readonly accountHref?: string
  /** Further places, such as the example apps of the demo. */
  readonly links?: readonly HomeLink[]
  readonly demo?: DemoNotice
}
