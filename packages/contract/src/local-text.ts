import type { Language } from './common.ts'

// Pages read this file too. It loads no schema.

/** A text that people write in one language or both. */
export type LocalText = { zh?: string | undefined; en?: string | undefined }

const other = { zh: 'en', en: 'zh' } as const

/**
 * The text for a reader: the one written in their language, else the one of the package, else the one written in the
 * other language. Empty if there is none. Pure.
 */
export const localTextIn = (text: LocalText, language: Language, packageSays = ''): string =>
  text[language] || packageSays || text[other[language]] || ''

/**
 * The short sentence for a reader. The description of the package can replace it, so a sentence in the other language
 * is used only if there is no description. Pure.
 */
export const lineIn = ({ line }: { line: LocalText }, description: string, language: Language): string =>
  line[language] || (description === '' ? localTextIn(line, language) : '')
