export { defaultPages, type Pages } from './pages.ts'
export { answerPage, pageHeaders, type PageNeeds } from './page-headers.ts'
export { answerAsset, favicon, stylesheet } from './assets.ts'
export { monogram } from './display-text.ts'
export { chooseLocale, type Locale, type MessageKey, type Messages } from './messages/index.ts'
export type {
  ClientIdentity, ConsentProps, DemoNotice, DeviceCodeProps, DeviceConfirmationProps, DeviceDoneProps, DeviceProblem, DeviceProps, ErrorProps, FormTarget, HiddenFields, HomeLink, HomeProps, Html, LoginProblem, LoginProps, LogoutProps, RequestedScope, SignedInUser, SignedOutProps, Site,
} from './props.ts'
