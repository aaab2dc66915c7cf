import { inLanguage, type Inspection, type Manifest, type ManifestSource } from '@vitrine/contract'
import type { Language } from '../../../lib/errors.ts'
import { notesIn, type Note, type Sentence } from '../../sources/package-note.ts'
import type { PackageView } from '../../sources/package-view.ts'
import { detectCogPackage } from './cog-package.ts'
import { detectFastApiApp } from './fastapi-app.ts'
import { fillManifest, manifestProblems, translationWarnings } from './fill-manifest.ts'
import { say, type Finding } from './finding.ts'
import { readLaunch } from './launch/launch-edits.ts'
import { readManifestFile, type ManifestFile } from './manifest-file.ts'
import { nameOf, namingWarnings, type Given, type Naming } from './naming.ts'
import { detectNodePackage } from './node-package.ts'
import { detectPythonClass } from './python-class.ts'
import { detectStatedEntry } from './stated-entry.ts'

/** The result of recognising a package, in both languages. */
export type Recognition = {
  manifest: Manifest | null
  /** What `algorithm.yaml` itself states, without inferred fields. */
  stated: ManifestSource
  /** Where the id and title were taken from. Null if no form fits. */
  namedFrom: Naming['from'] | null
  because: Sentence[]
  warnings: Note[]
  problems: Note[]
  files: PackageView['files']
}

/** What is looked for, in the order in which it decides. */
export const recognisedForms: readonly Sentence[] = [
  say('algorithm.yaml（写明 runtime 或 entry）', 'algorithm.yaml (with runtime or entry)'),
  say('cog.yaml 和它指的预测类', 'cog.yaml and the predictor that it names'),
  say('main.py 里的 app = FastAPI(…)', 'app = FastAPI(…) in main.py'),
  say(
    'ai_algorithm.py 里有 predict 方法的类 Algorithm，或根目录其他 .py 文件里有 predict 方法的类',
    'the class Algorithm with a predict method in ai_algorithm.py, or a class with predict in another .py file at the top level',
  ),
  say('package.json，其 main 导出 predict', 'package.json whose main exports predict'),
]

const inferred = [detectCogPackage, detectFastApiApp, detectPythonClass, detectNodePackage]

async function detect(view: PackageView, file: ManifestFile | null): Promise<Finding | null> {
  const stated = file?.stated ?? {}
  const explicit = await detectStatedEntry(view, stated)
  if (explicit) return explicit
  for (const detector of inferred) {
    const finding = await detector(view, stated)
    if (finding) return finding
  }
  return null
}

/**
 * Finds out what a package is by reading it, without running it. What `algorithm.yaml` states decides;
 * otherwise the first form whose marks are present. `manifest` is null if no form fits.
 */
export async function recognise(view: PackageView, given: Given): Promise<Recognition> {
  const file = await readManifestFile(view)
  const finding = await detect(view, file)
  const problems = file?.problems ?? []
  const { files } = view
  const stated = file?.stated ?? {}
  if (!finding) return { manifest: null, stated, namedFrom: null, because: [], warnings: [], problems, files }
  const naming = await nameOf(view, finding, stated, given)
  const manifest = fillManifest(finding, stated, naming)
  const path = file?.path ?? 'algorithm.yaml'
  const launch = await readLaunch(view, manifest)
  return {
    manifest,
    stated,
    namedFrom: naming.from,
    because: finding.because,
    warnings: [
      ...namingWarnings(naming),
      ...finding.warnings,
      ...launch.notes,
      ...translationWarnings(manifest, stated, path),
    ],
    problems: [...problems, ...finding.problems, ...manifestProblems(manifest, view, path)],
    files,
  }
}

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
  const { manifest, namedFrom, because, warnings, problems, files } = recognition
  return {
    recognised: manifest?.form ?? null,
    because: because.map((sentence) => sentence[language]),
    manifest: manifest && inLanguage(manifest, language),
    named_from: namedFrom,
    files: [...files],
    warnings: notesIn([...notes, ...warnings], language),
    problems: notesIn(manifest ? problems : [notRecognisedNote, ...problems], language),
  }
}
