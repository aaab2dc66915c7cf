import type { AppError, Language } from './errors.ts'

/** A sentence for people in each of their languages. */
export type Words = Record<Language, string>

/** What may be said: words, or a text that is the same in every language, such as a number or a commit. */
export type Said = string | Words

/** What was said, in every language. */
export const wordsOf = (said: Said): Words => (typeof said === 'string' ? { zh: said, en: said } : said)

/** The sentence of an error, in every language. */
export const wordsOfError = (error: AppError): Words => ({
  zh: error.messageIn('zh'),
  en: error.messageIn('en'),
})
