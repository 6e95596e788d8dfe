import type { Child } from 'hono/jsx'
import { catalogues, type Locale, type MessageKey, type SlotsOf } from './messages/index.ts'

/** Answers the text under a key; slots are filled with markup or plain text, which is escaped when rendered. */
export type Phrase = <Key extends MessageKey>(key: Key, ...slots: [SlotsOf<Key>] extends [never] ? [] : [Readonly<Record<SlotsOf<Key>, Child>>]) => [SlotsOf<Key>] extends [never] ? string : Child

/** The texts of one language, as a function from key to phrase. */
export function phrasesIn(locale: Locale): Phrase {
  const texts = catalogues[locale]
  function phrase(key: MessageKey, filled?: Readonly<Record<string, Child>>) {
    const text: string = texts[key]
    return filled === undefined ? text : text.split(/\{(\w+)\}/).map((part, index) => (index % 2 === 0 ? part : filled[part]))
  }
  return phrase as Phrase
}
