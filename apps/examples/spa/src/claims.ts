import { element } from './page.ts'

type Claims = Readonly<Record<string, unknown>>

const WORDS: Readonly<Record<string, string>> = {
  sub: 'Your identifier', name: 'Name', given_name: 'Given name', middle_name: 'Middle name', family_name: 'Family name', nickname: 'Nickname',
  preferred_username: 'Username', email: 'E-mail', email_verified: 'E-mail verified', phone_number: 'Phone', phone_number_verified: 'Phone verified',
  profile: 'Profile page', picture: 'Picture', website: 'Website', gender: 'Gender', birthdate: 'Date of birth', zoneinfo: 'Time zone', locale: 'Language',
  updated_at: 'Last changed', address: 'Address', iss: 'Issuer', aud: 'Made for', auth_time: 'You signed in', iat: 'Issued', exp: 'Valid until', amr: 'How you signed in',
}

const SIGN_IN = ['iss', 'aud', 'auth_time', 'amr', 'iat', 'exp']
const MOMENTS = new Set(['auth_time', 'iat', 'exp', 'updated_at'])
const METHODS: Readonly<Record<string, string>> = { pwd: 'password', otp: 'one-time password', mfa: 'several factors', hwk: 'security key' }

/** The claims about a user and about the sign-in, in words; those that only serve the protocol under details of their own. */
export function describeClaims(user: Claims, idToken: Claims): readonly Node[] {
  const details = Object.keys(idToken).filter(name => !(name in user) && !SIGN_IN.includes(name))
  const protocol = details.length === 0 ? [] : [element('details', [element('summary', 'Protocol details'), rows(idToken, details)])]
  return [
    element('section', [element('h3', 'About you'), rows(user, Object.keys(user))]),
    element('section', [element('h3', 'About this sign-in'), rows(idToken, SIGN_IN.filter(name => name in idToken)), ...protocol]),
  ]
}

/** The date and time of a claim in seconds since the epoch. */
export function momentOf(seconds: unknown): string {
  return new Date(Number(seconds) * 1000).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}

function rows(claims: Claims, names: readonly string[]): HTMLElement {
  return element('dl', names.map(name => element('div', [term(name), element('dd', inWords(name, claims[name]))])), 'facts')
}

function term(name: string): HTMLElement {
  const words = WORDS[name]
  return element('dt', words === undefined ? [element('code', name)] : [element('span', words), element('code', name)])
}

function inWords(name: string, value: unknown): string {
  if (MOMENTS.has(name)) return momentOf(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.map(one => METHODS[String(one)] ?? String(one)).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
