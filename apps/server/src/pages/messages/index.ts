import { de } from './de.ts'
import { en } from './en.ts'

/** The key of a text in the catalogue. */
export type MessageKey = keyof typeof en

/** One language's texts, every key present. */
export type Messages = Readonly<Record<MessageKey, string>>

/** The names of the slots (`{client}`) in a text. */
export type Slots<Text extends string> = Text extends `${string}{${infer Slot}}${infer Rest}` ? Slot | Slots<Rest> : never

/** The slots that the text under a key has. */
export type SlotsOf<Key extends MessageKey> = Slots<(typeof en)[Key]>

/** Every catalogue, by language tag. */
export const catalogues = { en, de } as const satisfies Record<string, Messages>

/** A language the pages are written in. */
export type Locale = keyof typeof catalogues

const locales = Object.keys(catalogues) as Locale[]

/**
 * The first language of the user's wish list that the pages speak, by RFC 4647 lookup (`de-AT` finds `de`); English otherwise.
 * @spec OpenID Connect Core 1.0 §3.1.2.1
 */
export function chooseLocale(wanted: readonly string[]): Locale {
  for (const tag of wanted) {
    for (let range = tag.toLowerCase(); range !== ''; range = range.slice(0, Math.max(0, range.lastIndexOf('-')))) {
      const found = locales.find((locale) => locale.toLowerCase() === range)
      if (found !== undefined) return found
    }
  }
  return 'en'
}
