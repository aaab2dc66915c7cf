import type {
  ImageNeeds,
  JsonSchema,
  LaunchPlan,
  ManifestSource,
  PackageForm,
  RuntimeKind,
} from '@vitrine/contract'
import type { Finding, Sentence } from '../../sources/finding.ts'
import type { PackageView } from '../../sources/package-view.ts'
import type { PackageReading } from './package-reading.ts'

/** How a package can be run: its form, what shows it, and how it is installed and started. */
export type Plan = {
  form: PackageForm
  runtime: RuntimeKind
  /** As `entry` in `algorithm.yaml` names it. */
  entry: string
  because: Sentence[]
  warnings: Finding[]
  problems: Finding[]
  /** The schema of one element that the signature of a model shows. */
  input?: JsonSchema
  /** The parameters that the signature in the code shows. */
  parameters?: JsonSchema
  /** Absent if the platform starts the package in the usual way of its form. */
  launch?: LaunchPlan
  /** What only an image can have, as the file of its form states it. */
  image?: ImageNeeds
  /** The version of Python that the file of its form states. */
  python?: StatedPython
  /** The path where its server reports its health, if its framework is known to have one. */
  healthPath?: string
}

/** A version of Python that a file of a package asks for. */
export type StatedPython = {
  path: string
  /** As the file says it. */
  written: string
  /** Null for what is no version of Python. */
  requirement: string | null
  /** Whether the package may not run with another one. Else it is what its author uses. */
  isBinding: boolean
  /** Whether it saved a model with what it had installed, so that stating another one in `algorithm.yaml` does not help. */
  hasSaved?: true
}

/** Looks for one shape of packages. The plans are in the order in which they fit. None if its marks are missing. */
export type Detector = (reading: PackageReading, stated: ManifestSource) => Promise<Plan[]>

/** A sentence in both languages. */
export const say = (zh: string, en: string): Sentence => ({ zh, en })

/** A plan without any findings yet. */
export const planFor = (
  form: PackageForm,
  runtime: RuntimeKind,
  entry: string,
  because: Sentence[],
): Plan => ({ form, runtime, entry, because, warnings: [], problems: [] })

const pathsOf = new WeakMap<PackageView['files'], ReadonlySet<string>>()

/** Whether the package has this file. */
export function has({ files }: Pick<PackageView, 'files'>, path: string): boolean {
  const paths = pathsOf.get(files) ?? new Set(files.map((file) => file.path))
  pathsOf.set(files, paths)
  return paths.has(path)
}
