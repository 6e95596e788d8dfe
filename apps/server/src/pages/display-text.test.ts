import { expect, test } from 'vitest'
import { describeReturn, displayText, monogram, webLink } from './display-text.ts'

test.each([
  ['a\u202Eb\u2066c\u0007d', 'abcd'],
  [' a \n\t b ', 'a b'],
  ['a\nb', 'a b'],
  ['شركة', 'شركة'],
  ['👩‍👩‍👧', '👩‍👩‍👧'],
  ['\u200B\u200B', ''],
])('%j is shown as %j', (text, shown) => {
  expect(displayText(text)).toBe(shown)
})

test('long text is cut between characters', () => {
  expect(displayText('👩‍👩‍👧'.repeat(100), 3)).toBe('👩‍👩‍👧👩‍👩‍👧…')
  expect(displayText('x'.repeat(80))).toBe('x'.repeat(80))
  expect(displayText('x'.repeat(81))).toBe(`${'x'.repeat(79)}…`)
})

test.each([['demo', 'D'], ['  "Éclair"', 'É'], ['微信', '微'], ['🦊 fox', '🦊'], ['', '?'], ['\u202E--', '?']])('the monogram of %j is %s', (name, letter) => {
  expect(monogram(name)).toBe(letter)
})

test.each(['javascript:alert(1)', 'data:text/html,x', '//evil.example', '/path', 'ftp://x.example', ' java\nscript:alert(1)'])('%j is no link', (text) => {
  expect(webLink(text)).toBeUndefined()
})

test.each([
  ['http://[::1]:80/cb', { kind: 'device', host: '[::1]' }],
  ['http://localhost.evil.example/', { kind: 'web', host: 'localhost.evil.example' }],
  ['http://127.0.0.1.evil.example/', { kind: 'web', host: '127.0.0.1.evil.example' }],
])('%s leads to a known kind of place', (uri, place) => {
  expect(describeReturn(uri)).toEqual(place)
})
