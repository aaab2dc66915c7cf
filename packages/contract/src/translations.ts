import { z } from 'zod'
import type { Language } from './common.ts'
import { rule } from './issue-rules.ts'

/** Most texts that a manifest may translate into one language. */
const mostTexts = 500

const text = z.string().min(1).max(2000)
const dictionary = z
  .record(text, text)
  .refine((texts) => Object.keys(texts).length <= mostTexts, rule('field.texts'))

/** Translations of texts into each language, by the text exactly as it is written; what is not among them stays as written. */
export const translations = z.strictObject({ zh: dictionary.optional(), en: dictionary.optional() })
/** Translations of texts into each language, by the text as written. */
export type Translations = z.infer<typeof translations>

/** Says a text in a language: its translation, or itself where there is none. */
export const textIn =
  (known: Translations | undefined, language: Language) =>
  (written: string): string => {
    const texts = known?.[language]
    return (texts && Object.hasOwn(texts, written) && texts[written]) || written
  }

/** Of the translations those of some texts. Pure. */
export function translationsOf(
  known: Translations | undefined,
  texts: readonly (string | undefined)[],
): Translations {
  const chosen = Object.entries(known ?? {}).map(([language, words]) => [
    language,
    Object.fromEntries(Object.entries(words).filter(([written]) => texts.includes(written))),
  ])
  return Object.fromEntries(chosen)
}

/**
 * The text that this one translates in any language; itself where it translates none. A form that was filled in with what a reader
 * saw, and is sent back, so does not put the translation in the place of what it translates.
 */
export function asWritten(known: Translations | undefined, shown: string): string {
  for (const words of Object.values(known ?? {}))
    for (const [written, translation] of Object.entries(words)) if (translation === shown) return written
  return shown
}
