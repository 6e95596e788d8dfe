import { expect, test } from 'vitest'
import { answerAsset, answerPage, defaultPages, pageHeaders, stylesheet } from './index.ts'

const strict = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
const policy = (needs?: Parameters<typeof pageHeaders>[0]) => pageHeaders(needs)['content-security-policy']

test('a page is never framed, stored, sniffed or named as a referrer', () => {
  expect(pageHeaders()).toEqual({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': strict,
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  })
})

test.each([
  ['https://app.example.com/cb?x=1', 'https://app.example.com'],
  ['http://localhost:4701/callback', 'http://localhost:4701'],
  ['com.example.app:/cb', 'com.example.app:'],
  ['http://[::1]:5000/cb', 'http:'],
  ['https://a;script-src,b/cb', 'https:'],
])('a form may lead to %s', (uri, source) => {
  expect(policy({ formAction: [uri, uri] })).toBe(strict.replace("form-action 'self'", `form-action 'self' ${source}`))
})

test('a page is answered with its status, its headers and others', async () => {
  const page = defaultPages.error({ site: { name: 'Latchkey', issuer: 'https://id.example.com', locale: 'en' }, error: 'invalid_request', traceId: 't1' })
  const response = await answerPage(page, { status: 400, headers: { 'trace-id': 't1' } })
  expect(response.status).toBe(400)
  expect(response.headers.get('trace-id')).toBe('t1')
  expect(response.headers.get('content-security-policy')).toBe(strict)
  expect(await response.text()).toContain('<code>invalid_request</code>')
})

test('the stylesheet is kept for a year by its hash only', async () => {
  const asked = (path: string) => answerAsset(new Request(`https://id.example.com${path}`))
  expect(asked(stylesheet.href)?.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(asked('/assets/latchkey.css?v=old')?.headers.get('cache-control')).toBe('public, max-age=60')
  expect(await asked('/assets/latchkey.css')?.text()).toBe(stylesheet.text)
  expect(asked('/assets/latchkey.svg')?.headers.get('content-type')).toBe('image/svg+xml')
  expect(asked('/assets/../package.json')).toBeUndefined()
})

test('the stylesheet loads nothing from elsewhere', () => {
  expect(stylesheet.text).not.toMatch(/@import|@font-face/)
  expect(stylesheet.text.match(/url\([^)]*\)/g)).toEqual(["url('key.svg')"])
  expect(answerAsset(new Request('https://id.example.com/assets/key.svg'))?.status).toBe(200)
})
