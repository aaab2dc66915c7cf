import { textIn, type Json, type Translations } from '@vitrine/contract'
import type { AppError, Language } from './errors.ts'

/** A sentence for people in each of their languages. */
export type Words = Record<Language, string>

/** What may be said: words, or a text that is the same in every language, such as a number or a commit. */
export type Said = string | Words

/** What was said, in every language. */
export const wordsOf = (said: Said): Words => (typeof said === 'string' ? { zh: said, en: said } : said)

/** A text of a manifest, in every language that it is translated into, elsewhere as it is written. */
export const translatedWords = (known: Translations | undefined, written: string): Words => ({
  zh: textIn(known, 'zh')(written),
  en: textIn(known, 'en')(written),
})

/** The sentence of an error, in every language. */
export const wordsOfError = (error: AppError): Words => ({
  zh: error.messageIn('zh'),
  en: error.messageIn('en'),
})

/** A value with what it says in every language (`{zh, en}`, nothing else) put into one of them. Pure. */
export function saidIn(value: Json, language: Language): Json {
  if (Array.isArray(value)) return value.map((element) => saidIn(element, language))
  if (typeof value !== 'object' || value === null) return value
  const said = value[language]
  return said !== undefined && Object.keys(value).sort().join() === 'en,zh'
    ? said
    : detailsIn(value, language)
}

/** {@link saidIn} for each of some named values, such as the details of an error. Pure. */
export const detailsIn = (details: Record<string, Json>, language: Language): Record<string, Json> =>
  Object.fromEntries(Object.entries(details).map(([name, value]) => [name, saidIn(value, language)]))
