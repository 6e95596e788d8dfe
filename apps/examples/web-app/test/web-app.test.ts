import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { clientSecretBasic } from '@latchkey/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWebApp } from '../src/web-app.ts'
import { startIssuer, type TestIssuer } from './issuer.ts'
import { createVisitor, formOf, type Visited, type Visitor } from './visitor.ts'

const baseUrl = 'https://web.example'
const secret = 'a-secret-for-this-test-only-000001'
const files = fileURLToPath(new URL('../public', import.meta.url))
let issuer: TestIssuer
let app: ReturnType<typeof createWebApp>

beforeAll(async () => {
  issuer = await startIssuer(baseUrl, secret)
  app = createWebApp({ issuer: issuer.origin, clientAuth: clientSecretBasic(secret), baseUrl, files })
})
afterAll(() => issuer.close())

/** Goes to the issuer and back to the form that it wants posted. */
async function begin(visitor: Visitor): Promise<{ readonly action: string; readonly fields: Record<string, string> }> {
  return formOf(await visitor.visit(`${baseUrl}/auth/login`))
}

const heading = ({ html }: Visited): string | undefined => html.querySelector('h2')?.text
const problem = ({ html }: Visited): string | undefined => html.querySelector('[role=alert]')?.text

describe('the web application', () => {
  test('signs in by code and ID Token in a posted form, shows who it is, and signs out', async () => {
    const visitor = createVisitor(app, baseUrl)
    expect(heading(await visitor.visit(`${baseUrl}/`))).toBe('You are not signed in')
    const { action, fields } = await begin(visitor)
    expect(action).toBe(`${baseUrl}/auth/callback`)
    expect(Object.keys(fields).sort()).toEqual(['code', 'id_token', 'state'])
    const home = await visitor.post(action, fields, issuer.origin)
    expect([home.url, home.status, heading(home)]).toEqual([`${baseUrl}/`, 200, 'Hello, Alice <b>'])
    expect(home.html.querySelector('b')).toBeNull()
    expect(home.html.querySelector('dl')?.text).toContain('alice')
    const leaving = new URL((await visitor.post(`${baseUrl}/auth/logout`, {}, baseUrl)).url)
    expect([leaving.origin, leaving.searchParams.get('post_logout_redirect_uri'), leaving.searchParams.has('id_token_hint')]).toEqual([issuer.origin, `${baseUrl}/`, true])
    expect(heading(await visitor.visit(`${baseUrl}/`))).toBe('You are not signed in')
  })
  test('hides its cookies from scripts, and lets the form of another site bring only the one it needs', async () => {
    const visitor = createVisitor(app, baseUrl)
    const { action, fields } = await begin(visitor)
    await visitor.post(action, fields, issuer.origin)
    const own = visitor.setCookies.filter(cookie => cookie.startsWith('__Host-latchkey')).map(cookie => cookie.replace(/^(__Host-latchkey(?:-login)?)[^;]*/, '$1'))
    expect([...new Set(own)]).toEqual([
      '__Host-latchkey-login; Path=/; Max-Age=3600; HttpOnly; SameSite=None; Secure',
      '__Host-latchkey-login; Path=/; Max-Age=0; HttpOnly; SameSite=None; Secure',
      '__Host-latchkey; Path=/; Max-Age=28800; HttpOnly; SameSite=Lax; Secure',
    ])
  })
  test('needs no https on this machine, where ports make no other site', async () => {
    const at = 'http://localhost:4702'
    const local = createWebApp({ issuer: issuer.origin, clientAuth: clientSecretBasic(secret), baseUrl: at, files })
    const [cookie] = (await local.request(`${at}/auth/login`)).headers.getSetCookie()
    expect(cookie).toMatch(/^latchkey-login-[^;]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/)
  })
  test.each<[string, (fields: Record<string, string>) => Record<string, string>, string]>([
    ['another state', fields => ({ ...fields, state: 'x' }), 'used already'],
    ['no state', ({ state: _, ...fields }) => fields, 'used already'],
    ['another issuer', fields => ({ ...fields, iss: 'https://evil.example' }), 'issuer mismatch'],
    ['another code', fields => ({ ...fields, code: 'x' }), 'c hash mismatch'],
    ['no ID Token', ({ id_token: _, ...fields }) => ({ ...fields, iss: issuer.origin }), 'id token missing'],
    ['a signature that does not hold', fields => ({ ...fields, id_token: `${fields['id_token']?.split('.').slice(0, 2).join('.')}.c2ln` }), 'signature invalid'],
    ['an error', ({ state = '' }) => ({ state, iss: issuer.origin, error: 'access_denied', error_description: 'Bob <i>' }), 'access_denied'],
  ])('refuses a form with %s, and redeems nothing', async (_, bend, text) => {
    const visitor = createVisitor(app, baseUrl)
    const { action, fields } = await begin(visitor)
    const before = issuer.tokenRequests()
    const refused = await visitor.post(action, bend(fields), issuer.origin)
    expect(refused.status).toBe(400)
    expect(problem(refused)).toContain(text)
    expect(refused.html.querySelector('i')).toBeNull()
    expect(issuer.tokenRequests()).toBe(before)
  })
  test('takes a form once, and only in the browser that began', async () => {
    const visitor = createVisitor(app, baseUrl)
    const { action, fields } = await begin(visitor)
    const before = issuer.tokenRequests()
    expect(problem(await createVisitor(app, baseUrl).post(action, fields, issuer.origin))).toContain('another browser')
    expect(issuer.tokenRequests()).toBe(before)
    const again = await begin(visitor)
    const both = await Promise.all([visitor.post(again.action, again.fields, issuer.origin), visitor.post(again.action, again.fields, issuer.origin)])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400])
    expect(issuer.tokenRequests()).toBe(before + 1)
  })
  test('takes sign-out from its own page only', async () => {
    const visitor = createVisitor(app, baseUrl)
    const { action, fields } = await begin(visitor)
    await visitor.post(action, fields, issuer.origin)
    expect((await visitor.post(`${baseUrl}/auth/logout`, {}, 'https://evil.example')).status).toBe(403)
    expect(heading(await visitor.visit(`${baseUrl}/`))).toBe('Hello, Alice <b>')
  })
  test('says so when the issuer is not there', async () => {
    const gone = createWebApp({ issuer: 'http://localhost:1', clientAuth: clientSecretBasic(secret), fetch: () => Promise.reject(new TypeError('failed')), baseUrl, files })
    const response = await gone.request(`${baseUrl}/auth/login`)
    expect([response.status, await response.text()]).toEqual([502, expect.stringContaining('network error')])
  })
  test('looks like the other example', () => {
    const ofSpa = (file: string) => readFileSync(new URL(`../../spa/public/${file}`, import.meta.url), 'utf8')
    expect(readFileSync(`${files}/icon.svg`, 'utf8')).toBe(ofSpa('icon.svg'))
    const colours = readFileSync(`${files}/style.css`, 'utf8').match(/light-dark\([^)]*\)/g) ?? []
    expect(colours.length).toBeGreaterThan(5)
    for (const colour of colours) expect(ofSpa('style.css')).toContain(colour)
  })
})
