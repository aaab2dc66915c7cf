import { z } from 'zod'
import type { Language } from './common.ts'
import { rule } from './issue-rules.ts'

/** The maximum number of texts that a manifest may translate into one language. */
const mostTexts = 500

const text = z.string().min(1).max(2000)
const dictionary = z
  .record(text, text)
  .refine((texts) => Object.keys(texts).length <= mostTexts, rule('field.texts'))

/**
 * Translations of texts into each language, by the exact written text. A text without a translation stays as
 * written.
 */
export const translations = z.strictObject({ zh: dictionary.optional(), en: dictionary.optional() })
/** Translations of texts into each language, by the exact written text. */
export type Translations = z.infer<typeof translations>

/** Translates a text into a language. Returns the text itself if there is no translation. */
export const textIn =
  (known: Translations | undefined, language: Language) =>
  (written: string): string => {
    const texts = known?.[language]
    return (texts && Object.hasOwn(texts, written) && texts[written]) || written
  }

/** Returns only the translations of the given texts. Pure. */
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
 * Returns the text whose translation this is, in any language, or else the text itself. If a reader sends a
 * form back with the texts as shown, a translation does not replace the written text. Pure.
 */
export function asWritten(known: Translations | undefined, shown: string): string {
  for (const words of Object.values(known ?? {}))
    for (const [written, translation] of Object.entries(words)) if (translation === shown) return written
  return shown
}
