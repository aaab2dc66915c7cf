import type { Inspection } from '@vitrine/contract'
import type { Language } from '../../lib/errors.ts'

/** A sentence in both languages. */
export type Sentence = Record<Language, string>

/** A note about a package, before its reader is known. */
export type Note = { code: string; text: Sentence; path?: string }

/** A note in the form of the API. */
export type PackageNote = Inspection['warnings'][number]

/** Notes in the reader's language. */
export const notesIn = (notes: readonly Note[], language: Language): PackageNote[] =>
  notes.map(({ code, text, path }) => ({
    code,
    message: text[language],
    ...(path !== undefined && { path }),
  }))
