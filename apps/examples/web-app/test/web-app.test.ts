import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { clientSecretBasic, createClient } from '@latchkey/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMemory } from '../src/memory.ts'
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
  app = createWebApp({ client: createClient({ issuer: issuer.origin, clientId: 'web', clientAuth: clientSecretBasic(secret) }), baseUrl, files })
})
afterAll(() => issuer.close())

/** Goes to the issuer and back to the form that it wants posted. */
async function begin(visitor: Visitor): Promise<{ readonly action: string; readonly fields: Record<string, string> }> {
  return formOf(await visitor.post(`${baseUrl}/sign-in`, {}, baseUrl))
}

const heading = ({ html }: Visited): string | undefined => html.querySelector('h2')?.text
const problem = ({ html }: Visited): string | undefined => html.querySelector('[role=alert]')?.text

describe('the web application', () => {
  test('signs in by code and ID Token in a posted form, shows who it is, and signs out', async () => {
    const visitor = createVisitor(app, baseUrl)
    expect(heading(await visitor.visit(`${baseUrl}/`))).toBe('You are not signed in')
    const { action, fields } = await begin(visitor)
    expect(action).toBe(`${baseUrl}/callback`)
    expect(Object.keys(fields).sort()).toEqual(['code', 'id_token', 'state'])
    const home = await visitor.post(action, fields, issuer.origin)
    expect([home.url, home.status, heading(home)]).toEqual([`${baseUrl}/`, 200, 'Hello, Alice <b>'])
    expect(home.html.querySelector('b')).toBeNull()
    expect(home.html.querySelector('dl')?.text).toContain('alice')
    const leaving = new URL((await visitor.post(`${baseUrl}/sign-out`, {}, baseUrl)).url)
    expect([leaving.origin, leaving.searchParams.get('post_logout_redirect_uri'), leaving.searchParams.has('id_token_hint')]).toEqual([issuer.origin, `${baseUrl}/`, true])
    expect(heading(await visitor.visit(`${baseUrl}/`))).toBe('You are not signed in')
  })
  test('hides its cookies from scripts, and lets the form of another site bring only the one it needs', async () => {
    const visitor = createVisitor(app, baseUrl)
    const { action, fields } = await begin(visitor)
    await visitor.post(action, fields, issuer.origin)
    expect(visitor.setCookies.filter(cookie => cookie.includes('web-app-')).map(cookie => cookie.replace(/=[^;]*/, ''))).toEqual([
      '__Host-web-app-browser; Max-Age=3600; Path=/; HttpOnly; Secure; SameSite=None',
      '__Host-web-app-session; Max-Age=28800; Path=/; HttpOnly; Secure; SameSite=Lax',
    ])
  })
  test('needs no https on this machine, where ports make no other site', async () => {
    const at = 'http://localhost:4702'
    const local = createWebApp({ client: createClient({ issuer: issuer.origin, clientId: 'web' }), baseUrl: at, files })
    const [cookie] = (await local.request(`${at}/sign-in`, { method: 'POST', headers: { origin: at } })).headers.getSetCookie()
    expect(cookie).toMatch(/^web-app-browser=[^;]+; Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax$/)
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
  test('takes sign-in and sign-out from its own page only', async () => {
    for (const path of ['/sign-in', '/sign-out']) {
      const refused = await createVisitor(app, baseUrl).post(`${baseUrl}${path}`, {}, 'https://evil.example')
      expect([refused.status, problem(refused)]).toEqual([403, 'This request did not come from this application.'])
    }
  })
  test('says so when the issuer is not there', async () => {
    const gone = createWebApp({ client: createClient({ issuer: 'http://localhost:1', clientId: 'web', fetch: () => Promise.reject(new TypeError('failed')) }), baseUrl, files })
    const response = await gone.request(`${baseUrl}/sign-in`, { method: 'POST', headers: { origin: baseUrl } })
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

test('the memory forgets in time, and hands out a value once', () => {
  let now = 0
  const memory = createMemory<string>(10, () => now)
  memory.keep('a', 'one')
  expect([memory.find('a'), memory.take('a'), memory.take('a')]).toEqual(['one', 'one', undefined])
  memory.keep('b', 'two')
  now = 10
  expect([memory.find('b'), memory.find(undefined)]).toEqual([undefined, undefined])
})
