import { expect, test } from 'vitest'
import { de } from './de.ts'
import { en } from './en.ts'
import { chooseLocale, type MessageKey } from './index.ts'

const slots = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort()

test.each(Object.keys(en) as MessageKey[])('%s has the same slots in every language', (key) => {
  expect(slots(de[key])).toEqual(slots(en[key]))
})

test.each([
  [['de-AT', 'en'], 'de'],
  [['DE'], 'de'],
  [['fr', 'de'], 'de'],
  [['dev'], 'en'],
  [['', '-', 'constructor'], 'en'],
  [[], 'en'],
])('of %j the pages speak %s', (wanted, locale) => {
  expect(chooseLocale(wanted)).toBe(locale)
})
