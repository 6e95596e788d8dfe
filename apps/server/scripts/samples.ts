import { defaultPages, type ClientIdentity, type DeviceConfirmationProps, type Html, type Site } from '../src/pages/index.ts'

const site: Site = { name: 'Latchkey', issuer: 'http://localhost:4700', locale: 'en' }
const form = { action: '/login', hidden: [['interaction', 'sample']] as const }
const client: ClientIdentity = { client_id: 'spa', client_name: 'Demo SPA', policy_uri: 'https://app.example.com/privacy', tos_uri: 'https://app.example.com/terms' }
const demo = { users: [{ username: 'alice', password: 'alice' }, { username: 'bob', password: 'bob' }] }
/** The logo of every client that has one. */
export const logo = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" fill="#2447d8"/><circle cx="24" cy="24" r="11" fill="none" stroke="#fff" stroke-width="5"/></svg>'
const logo_uri = 'https://app.example.com/logo.png'
const scopes = [
  { name: 'openid' },
  { name: 'profile' },
  { name: 'email' },
  { name: 'api', description: 'Use the demo API' },
]
const consent = { site, client, scopes, form: { ...form, action: '/consent' }, user: { username: 'alice', name: 'Alice Adams' }, redirect_uri: 'http://localhost:4701/callback' }
const device = { ...form, action: '/device' }
const confirmation: DeviceConfirmationProps = { step: 'confirmation', site, form: device, client: { client_id: 'tv', client_name: 'Demo TV' }, scopes, user: consent.user, seen: 'Demo TV/1.0 (Living Room)', askedSecondsAgo: 95 }
const endless = 'Überlangekundenverwaltungsgesellschaftsanwendung'.repeat(3)

/** Every page with sample values, by the name of its picture. */
export const samples: Readonly<Record<string, Html>> = {
  login: defaultPages.login({ site, form, client, demo }),
  'login-problem': defaultPages.login({ site, form, client: { ...client, logo_uri }, username: 'alice', problem: 'credentials_wrong' }),
  consent: defaultPages.consent(consent),
  'consent-hostile': defaultPages.consent({
    ...consent,
    client: { client_id: 'x', client_name: `\u202E${endless}`, logo_uri, isSelfRegistered: true },
    user: { username: endless, name: endless },
    scopes: [{ name: 'openid' }, { name: 'address' }, { name: 'phone' }, { name: `${endless}:read` }, { name: 'rtl', description: 'قراءة ملفاتك الشخصية' }],
    redirect_uri: 'com.example.app:/callback',
  }),
  'consent-german': defaultPages.consent({ ...consent, site: { ...site, locale: 'de' }, scopes: ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'].map((name) => ({ name })) }),
  'device-code': defaultPages.device({ step: 'code', site, form: device, user: consent.user, user_code: 'WDJB-MJHT' }),
  'device-code-problem': defaultPages.device({ step: 'code', site, form: device, user: consent.user, user_code: 'WDJB-MJHX', problem: 'user_code_unknown' }),
  device: defaultPages.device(confirmation),
  'device-hostile': defaultPages.device({ ...confirmation, site: { ...site, locale: 'de' }, client: { client_id: 'x', client_name: `\u202E${endless}` }, user: { username: endless, name: endless }, seen: endless, askedSecondsAgo: 3_600 }),
  'device-allowed': defaultPages.device({ step: 'done', site, decision: 'allow' }),
  'device-denied': defaultPages.device({ step: 'done', site, decision: 'deny' }),
  error: defaultPages.error({ site, error: 'invalid_request', description: 'The redirect_uri is not registered for this client.', traceId: '01KAQ3F7Z8M2T5R9' }),
  logout: defaultPages.logout({ site, form: { ...form, action: '/logout' }, client, user: consent.user }),
  'logout-alone': defaultPages.logout({ site: { ...site, locale: 'de' }, form: { ...form, action: '/logout' }, user: { username: endless, name: endless } }),
  'signed-out': defaultPages.signedOut({ site, back: { client, href: 'https://app.example.com/' }, signInHref: '/login' }),
  'signed-out-alone': defaultPages.signedOut({ site }),
  // The real page waits for two seconds. To axe only a wait of more than twenty hours is none.
  'signed-out-going': defaultPages.signedOut({ site, back: { client, href: 'https://app.example.com/', afterSeconds: 72_001 } }),
  'still-signed-in': defaultPages.signedOut({ site, outcome: 'kept', back: { client, href: 'https://app.example.com/' } }),
  home: defaultPages.home({ site, discoveryHref: '/.well-known/openid-configuration', accountHref: '/account', links: [{ title: 'Example app', description: 'A single-page app that signs in here', href: 'http://localhost:4701' }], demo }),
}
