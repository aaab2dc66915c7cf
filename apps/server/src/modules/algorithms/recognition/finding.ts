import type { JsonSchema, ManifestSource, PackageForm, RuntimeKind } from '@vitrine/contract'
import type { Note, Sentence } from '../../sources/package-note.ts'
import type { PackageView } from '../../sources/package-view.ts'

/** The form of a package, and the facts that show it. */
export type Finding = {
  form: PackageForm
  runtime: RuntimeKind
  entry: string
  because: Sentence[]
  warnings: Note[]
  problems: Note[]
  /** The parameters that the signature in the code shows. */
  parameters?: JsonSchema
}

/** Looks for one form of package. Null if its marks are missing. */
export type Detector = (view: PackageView, stated: ManifestSource) => Promise<Finding | null>

/** A sentence in both languages. */
export const say = (zh: string, en: string): Sentence => ({ zh, en })

/** A finding without any notes yet. */
export const found = (
  form: PackageForm,
  runtime: RuntimeKind,
  entry: string,
  because: Sentence[],
): Finding => ({ form, runtime, entry, because, warnings: [], problems: [] })

/** Whether the package has this file. */
export const has = (view: PackageView, path: string): boolean => view.files.some((file) => file.path === path)
