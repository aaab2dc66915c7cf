import type { Addition, Finding as ShownFinding } from '@vitrine/contract'
import type { Language } from '../../lib/errors.ts'

/** A sentence in both languages. */
export type Sentence = Record<Language, string>

/** A finding about a package, before its reader is known. */
export type Finding = {
  code: string
  text: Sentence
  path?: string
  /** The number of the line in the file at `path`, from 1. */
  line?: number
  /** What happens if nothing is changed. */
  follows?: Sentence
  /** What to change. */
  mend?: Sentence
  /** Lines that fix it if they are added to the upload. */
  adds?: Addition
  /** The digest of the model file that fixes it if it is uploaded. */
  needsModel?: string
}

/** A finding in its reader's language, in the form of the API. */
export type { ShownFinding }

const shownFinding = (finding: Finding, language: Language): ShownFinding => ({
  code: finding.code,
  message: finding.text[language],
  ...(finding.path !== undefined && { path: finding.path }),
  ...(finding.line !== undefined && { line: finding.line }),
  ...(finding.follows && { follows: finding.follows[language] }),
  ...(finding.mend && { mend: finding.mend[language] }),
  ...(finding.adds && { adds: finding.adds }),
  ...(finding.needsModel !== undefined && { needs_model: finding.needsModel }),
})

/** Findings in the reader's language. */
export const shownFindings = (findings: readonly Finding[], language: Language): ShownFinding[] =>
  findings.map((finding) => shownFinding(finding, language))
