import { textIn, type Json, type Translations } from '@vitrine/contract'
import type { AppError, Language } from './errors.ts'

/** A sentence for people in each language. */
export type Words = Record<Language, string>

/**
 * A text for people: a sentence in each language, or one string that is the same in every language, such as a
 * number or a commit.
 */
export type Said = string | Words

/** Returns the text in every language. */
export const wordsOf = (said: Said): Words => (typeof said === 'string' ? { zh: said, en: said } : said)

/** A text of a manifest in every language: the translation if there is one, else the text as written. */
export const translatedWords = (known: Translations | undefined, written: string): Words => ({
  zh: textIn(known, 'zh')(written),
  en: textIn(known, 'en')(written),
})

/** The sentence of an error in every language. */
export const wordsOfError = (error: AppError): Words => ({
  zh: error.messageIn('zh'),
  en: error.messageIn('en'),
})

/** Replaces every `{zh, en}` object in a value (with no other keys) by its text in one language. Pure. */
export function saidIn(value: Json, language: Language): Json {
  if (Array.isArray(value)) return value.map((element) => saidIn(element, language))
  if (typeof value !== 'object' || value === null) return value
  const said = value[language]
  return said !== undefined && Object.keys(value).sort().join() === 'en,zh'
    ? said
    : detailsIn(value, language)
}

/** Applies {@link saidIn} to each named value, for example the details of an error. Pure. */
export const detailsIn = (details: Record<string, Json>, language: Language): Record<string, Json> =>
  Object.fromEntries(Object.entries(details).map(([name, value]) => [name, saidIn(value, language)]))
