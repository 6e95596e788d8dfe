import { ConsentPage } from './consent.tsx'
import { DevicePage } from './device.tsx'
import { ErrorPage } from './error.tsx'
import { HomePage } from './home.tsx'
import { LoginPage } from './login.tsx'
import { LogoutPage } from './logout.tsx'
import type { ConsentProps, DeviceProps, ErrorProps, HomeProps, Html, LoginProps, LogoutProps, SignedOutProps } from './props.ts'
import { SignedOutPage } from './signed-out.tsx'

/** The pages of the reference server, each a function from plain values to HTML; replace any of them by `{ ...defaultPages, login }`. */
export interface Pages {
  home(props: HomeProps): Html
  login(props: LoginProps): Html
  consent(props: ConsentProps): Html
  device(props: DeviceProps): Html
  logout(props: LogoutProps): Html
  error(props: ErrorProps): Html
  signedOut(props: SignedOutProps): Html
}

/** The pages as Latchkey brings them. */
export const defaultPages: Pages = {
  home: HomePage,
  login: LoginPage,
  consent: ConsentPage,
  device: DevicePage,
  logout: LogoutPage,
  error: ErrorPage,
  signedOut: SignedOutPage,
}
