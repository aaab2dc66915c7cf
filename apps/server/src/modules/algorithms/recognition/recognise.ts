import { inLanguage, type Inspection, type Manifest, type ManifestSource } from '@vitrine/contract'
import type { Language } from '../../../lib/errors.ts'
import type { MachinePython } from '../../requirements/python-version.ts'
import { readPackageDefaults } from '../../config-files/package-defaults.ts'
import { shownFindings, type Finding, type Sentence } from '../../sources/finding.ts'
import type { PackageView } from '../../sources/package-view.ts'
import { choosePlan, recognisedForms, usualShapes, type Shape } from './choose-plan.ts'
import { fillManifest, manifestProblems, translationWarnings } from './fill-manifest.ts'
import { forContainers, type ContainerUse } from './in-container.ts'
import { imagePlanOf } from './image-plan.ts'
import { readLaunch } from './launch/launch-edits.ts'
import { Looking, type Fault } from './looking.ts'
import { readManifestFile } from './manifest-file.ts'
import { modelFilesOf } from './model-files.ts'
import { nameOf, namingWarnings, type Given, type Naming } from './naming.ts'
import { readPackage, type PackageReading } from './package-reading.ts'
import { say, type Plan, type StatedPython } from './plan.ts'
import { choosePython, type ChosenPython } from './python/choose-python.ts'
import { limitingLines } from './python/release-limits.ts'
import { statedPythons, statesPython } from './python/stated-python.ts'
import { gpuCode, manifestImageFindings } from './stated-image.ts'
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
  warnings: Finding[]
  problems: Finding[]
  files: PackageView['files']
  /** Whether it can run in a container here. Absent if this platform runs none. */
  container?: ContainerUse | null
  /** The parts of recognition that ended with an error. There is a finding about each. */
  faults: readonly Fault[]
}

/** How a package is recognised. */
export type Recognising = {
  /** Called before each part, with what it looks for. */
  onLook?: (what: Sentence) => void
  shapes?: readonly Shape[]
  /** The Pythons of this machine, the usual one first. */
  pythons?: readonly MachinePython[]
  /** Whether this platform runs containers. */
  containers?: boolean
  /** Whether this machine has a GPU. */
  gpu?: boolean
}

const launchWords = say('启动脚本和固定的端口', 'the start script and fixed ports')
const pythonWords = say('需要哪个 Python', 'which Python it needs')
const seenWords = say('包里有什么', 'what the package contains')

/** The Python that a plan runs with. */
async function pythonFor(
  reading: PackageReading,
  plan: Plan,
  stated: StatedPython | null,
  pythons: readonly MachinePython[],
): Promise<ChosenPython> {
  if (plan.runtime === 'node' || plan.runtime === 'docker') return noPython
  const folder = plan.launch?.folder ?? ''
  const files = await statedPythons(reading, folder)
  const lines = await limitingLines(reading, folder, plan.launch?.requirements)
  return choosePython(stated, [...(plan.python ? [plan.python] : []), ...files], pythons, lines)
}

const noPython: ChosenPython = { because: [], warnings: [], problems: [] }

/** What a package brings besides its code: model files, and values of its variables. */
async function broughtBy(view: PackageView, stated: ManifestSource) {
  const { models, problems: ofModels } = await modelFilesOf(view, stated)
  const { defaults, problems: ofDefaults } = await readPackageDefaults(view, stated.defaults ?? {})
  return { models, defaults, problems: [...ofModels, ...ofDefaults] }
}

/**
 * Finds out what a package is by reading it, without running it. `manifest` is null if no plan fits. This may take long, and
 * an untrusted user wrote what is read: outside of tests it runs in a thread of its own (`recogniser.ts`). What is already
 * being read is not read again.
 */
export async function recognise(
  view: PackageView | PackageReading,
  given: Given,
  { onLook, shapes = usualShapes, pythons = [], containers = false, gpu = false }: Recognising = {},
): Promise<Recognition> {
  const looking = new Looking(onLook)
  const file = await readManifestFile(view)
  const { problems = [], stated = {} } = file ?? {}
  const reading = 'module' in view ? view : readPackage(view)
  const { plan, others } = await choosePlan(reading, stated, looking, { shapes, containers })
  if (!plan) {
    const seen = await looking.for(seenWords, () => whatWasSeen(reading), [])
    const nothing = { manifest: null, namedFrom: null, because: [], alternatives: [], warnings: [] }
    const told = [notRecognisedFinding, ...looking.findings(), ...seen, ...problems]
    return { ...nothing, stated, problems: told, files: view.files, faults: looking.faults }
  }
  const naming = await nameOf(view, plan, stated, given)
  const { models, defaults, problems: ofBrought } = await broughtBy(view, stated)
  const path = file?.path ?? 'algorithm.yaml'
  const asked = stated.python === undefined ? null : statesPython(path, stated.python, true)
  const python = await looking.for(pythonWords, () => pythonFor(reading, plan, asked, pythons), noPython)
  const manifest = fillManifest(plan, { ...stated, models, python: python.python }, { ...naming, defaults })
  const launch = await looking.for(launchWords, () => readLaunch(view, manifest), { edits: [], findings: [] })
  const found: Recognition = {
    manifest,
    stated,
    namedFrom: naming.from,
    because: [...plan.because, ...python.because, ...(reading.has('start.sh') ? [startedByAuthor] : [])],
    alternatives: others.map(({ form, entry, because }) => ({ form, entry, because })),
    warnings: [
      ...looking.findings(),
      ...namingWarnings(naming),
      ...plan.warnings.filter(({ code }) => !(gpu && code === gpuCode)),
      ...manifestImageFindings(path, stated),
      ...python.warnings,
      ...launch.findings,
      ...translationWarnings(manifest, stated, path),
    ],
    problems: [
      ...problems,
      ...plan.problems,
      ...python.problems,
      ...ofBrought,
      ...manifestProblems(manifest, view, path),
    ],
    files: view.files,
    faults: looking.faults,
  }
  return containers ? forContainers(found) : found
}

const startedByAuthor = say(
  '包里的 start.sh 负责启动，而不是平台的启动命令',
  'It is started by its own start.sh, not by the command of the platform',
)

/** The code of the finding that lists all forms that were looked for. */
export const notRecognisedCode = 'algorithm.not_recognised'

const notRecognisedFinding: Finding = {
  code: notRecognisedCode,
  text: {
    zh: `没有识别出算法包的类型。查找过：${recognisedForms.map((sentence) => sentence.zh).join('；')}`,
    en: `The package was not recognised. Looked for: ${recognisedForms.map((sentence) => sentence.en).join('; ')}`,
  },
}

/** A recognition in the form of the API. `findings` are findings from receiving the package. */
export function toInspection(
  recognition: Recognition,
  findings: readonly Finding[],
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
    image: manifest && imagePlanOf(manifest),
    ...(recognition.container && { container: recognition.container }),
    named_from: namedFrom,
    files: [...files],
    warnings: shownFindings([...findings, ...warnings], language),
    problems: shownFindings(problems, language),
  }
}
