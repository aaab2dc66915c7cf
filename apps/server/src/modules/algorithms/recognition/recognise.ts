import { inLanguage, type Inspection, type Manifest, type ManifestSource } from '@vitrine/contract'
import type { Language } from '../../../lib/errors.ts'
import { notesIn, type Note, type Sentence } from '../../sources/package-note.ts'
import type { PackageView } from '../../sources/package-view.ts'
import { choosePlan, recognisedForms } from './choose-plan.ts'
import { fillManifest, manifestProblems, translationWarnings } from './fill-manifest.ts'
import { readLaunch } from './launch/launch-edits.ts'
import { readManifestFile } from './manifest-file.ts'
import { nameOf, namingWarnings, type Given, type Naming } from './naming.ts'
import { readPackage } from './package-reading.ts'
import { say, type Plan } from './plan.ts'
import { whatWasSeen } from './seen/seen.ts'

/** The result of recognising a package, in both languages. */
export type Recognition = {
  manifest: Manifest | null
  /** What `algorithm.yaml` itself states, without inferred fields. */
  stated: ManifestSource
  /** Where the id and title were taken from. Null if no form fits. */
  namedFrom: Naming['from'] | null
  because: Sentence[]
  /** Other ways to run it. `entry` in `algorithm.yaml` chooses one. */
  alternatives: Pick<Plan, 'form' | 'entry' | 'because'>[]
  warnings: Note[]
  problems: Note[]
  files: PackageView['files']
}

/**
 * Finds out what a package is by reading it, without running it. `manifest` is null if no plan fits.
 */
export async function recognise(view: PackageView, given: Given): Promise<Recognition> {
  const file = await readManifestFile(view)
  const problems = file?.problems ?? []
  const { files } = view
  const stated = file?.stated ?? {}
  const reading = readPackage(view)
  const { plan, others } = await choosePlan(reading, stated)
  if (!plan) {
    const nothing = { manifest: null, namedFrom: null, because: [], alternatives: [], warnings: [] }
    return { ...nothing, stated, problems: [...(await whatWasSeen(reading)), ...problems], files }
  }
  const naming = await nameOf(view, plan, stated, given)
  const manifest = fillManifest(plan, stated, naming)
  const path = file?.path ?? 'algorithm.yaml'
  const launch = await readLaunch(view, manifest)
  return {
    manifest,
    stated,
    namedFrom: naming.from,
    because: [...plan.because, ...(reading.has('start.sh') ? [startedByAuthor] : [])],
    alternatives: others.map(({ form, entry, because }) => ({ form, entry, because })),
    warnings: [
      ...namingWarnings(naming),
      ...plan.warnings,
      ...launch.notes,
      ...translationWarnings(manifest, stated, path),
    ],
    problems: [...problems, ...plan.problems, ...manifestProblems(manifest, view, path)],
    files,
  }
}

const startedByAuthor = say(
  '包里的 start.sh 负责启动，而不是平台的启动命令',
  'It is started by its own start.sh, not by the command of the platform',
)

const notRecognisedNote: Note = {
  code: 'algorithm.not_recognised',
  text: {
    zh: `没有识别出算法包的类型。查找过：${recognisedForms.map((sentence) => sentence.zh).join('；')}`,
    en: `The package was not recognised. Looked for: ${recognisedForms.map((sentence) => sentence.en).join('; ')}`,
  },
}

/** A recognition in the form of the API. `notes` are notes from receiving the package. */
export function toInspection(
  recognition: Recognition,
  notes: readonly Note[],
  language: Language,
): Inspection {
  const { manifest, namedFrom, because, alternatives, warnings, problems, files } = recognition
  return {
    recognised: manifest?.form ?? null,
    because: because.map((sentence) => sentence[language]),
    alternatives: alternatives.map(({ form, entry, because: reasons }) => ({
      form,
      entry,
      because: reasons.map((sentence) => sentence[language]),
    })),
    manifest: manifest && inLanguage(manifest, language),
    named_from: namedFrom,
    files: [...files],
    warnings: notesIn([...notes, ...warnings], language),
    problems: notesIn(manifest ? problems : [notRecognisedNote, ...problems], language),
  }
}
