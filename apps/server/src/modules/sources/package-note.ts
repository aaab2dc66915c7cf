import type { Addition, Finding } from '@vitrine/contract'
import type { Language } from '../../lib/errors.ts'

/** A sentence in both languages. */
export type Sentence = Record<Language, string>

/** A finding about a package, before its reader is known. */
export type Note = {
  code: string
  text: Sentence
  path?: string
  /** In the file at `path`, from 1. */
  line?: number
  /** What happens if nothing is changed. */
  follows?: Sentence
  /** What to change. */
  mend?: Sentence
  /** Lines that fix it if they are added to the upload. */
  adds?: Addition
  /** The digest of the model file that mends it if it is uploaded. */
  needsModel?: string
}

/** A note in the form of the API. */
const findingIn = (note: Note, language: Language): Finding => ({
  code: note.code,
  message: note.text[language],
  ...(note.path !== undefined && { path: note.path }),
  ...(note.line !== undefined && { line: note.line }),
  ...(note.follows && { follows: note.follows[language] }),
  ...(note.mend && { mend: note.mend[language] }),
  ...(note.adds && { adds: note.adds }),
  ...(note.needsModel !== undefined && { needs_model: note.needsModel }),
})

/** Notes in the reader's language. */
export const notesIn = (notes: readonly Note[], language: Language): Finding[] =>
  notes.map((note) => findingIn(note, language))
