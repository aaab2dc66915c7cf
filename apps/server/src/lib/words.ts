import { textIn, type Json, type Translations } from '@vitrine/contract'
import type { AppError, Language } from './errors.ts'

/** A sentence for people in each language. */
export type Words = Record<Language, string>

/**
 * A text for people: a sentence in each language, or one string that is the same in every language, such as a
 * number or a commit.
 */
export type LocalisedText = string | Words

const between = ' · '

/** A sentence in both languages, for a log or a terminal whose reader is not known. */
export const inBoth = (zh: string, en: string): string => `${zh}${between}${en}`

/** Whether a text is a sentence in both languages already. */
export const isInBoth = (text: string): boolean => text.includes(between)

/** Returns the text in every language. */
export const wordsOf = (text: LocalisedText): Words =>
  typeof text === 'string' ? { zh: text, en: text } : text

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
export function localised(value: Json, language: Language): Json {
  if (Array.isArray(value)) return value.map((element) => localised(element, language))
  if (typeof value !== 'object' || value === null) return value
  const text = value[language]
  return text !== undefined && Object.keys(value).sort().join() === 'en,zh'
    ? text
    : localisedDetails(value, language)
}

/** Applies {@link localised} to each named value, for example the details of an error. Pure. */
export const localisedDetails = (details: Record<string, Json>, language: Language): Record<string, Json> =>
  Object.fromEntries(Object.entries(details).map(([name, value]) => [name, localised(value, language)]))
