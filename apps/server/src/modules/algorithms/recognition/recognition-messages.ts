import type { Manifest } from '@vitrine/contract'
import type { MachinePython } from '../../requirements/python-version.ts'
import type { PackageView } from '../../sources/package-view.ts'
import type { Sentence } from '../../sources/finding.ts'
import type { CodeChecker } from '../preflight/code-checker.ts'
import type { CodeRoute } from './code-routes/code-route.ts'
import type { TextEdit } from './launch/text-edit.ts'
import type { Given } from './naming.ts'
import type { Requirements } from './python/requirements.ts'
import type { Recognition } from './recognise.ts'

/**
 * Where the requirements of a package are looked for: a folder of it, and the file that its plan names, if it names one.
 * Further requirements of the plan are read as well.
 */
export type RequirementsPlace = { folder: string; named: string | null; install?: readonly string[] }

/**
 * What the thread of recognition is asked: what a package is, how the code of one that is stored must be edited, what it needs installed,
 * or which routes it states.
 */
export type RecognitionRequest = { files: PackageView['files'] } & (
  | { given: Given; person: string; pythons: readonly MachinePython[]; containers: boolean; gpu: boolean }
  | { manifest: Manifest }
  | { requirements: RequirementsPlace }
  | { wanted: 'routes' }
)

/** The answer. The files are those of the request. */
export type RecognitionAnswer =
  | { recognition: Omit<Recognition, 'files'> }
  | { edits: TextEdit[] }
  | { requirements: Requirements }
  | { routes: CodeRoute[] }

/**
 * What the thread sends meanwhile: a question for the text of a file or for a check of code, or a report of what it looks for
 * now, which has no answer.
 */
export type RecognitionQuestion =
  { read: string } | { looksFor: Sentence } | { check: Parameters<CodeChecker['check']> }
