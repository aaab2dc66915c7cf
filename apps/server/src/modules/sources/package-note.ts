import type { Inspection } from '@vitrine/contract'
import type { Language } from '../../lib/errors.ts'

/** A sentence in both languages. */
export type Sentence = Record<Language, string>

/** Something noticed about a package, before it is known who reads it. */
export type Note = { code: string; text: Sentence; path?: string }

/** A note as the API gives it. */
export type PackageNote = Inspection['warnings'][number]

/** Notes in the reader's language. */
export const notesIn = (notes: readonly Note[], language: Language): PackageNote[] =>
  notes.map(({ code, text, path }) => ({
    code,
    message: text[language],
    ...(path !== undefined && { path }),
  }))
