import {
  allOf,
  isUsable,
  meetsPython,
  pickPython,
  supportedPythons,
  versionNumbers,
  type MachinePython,
} from '../../../requirements/python-version.ts'
import type { Finding, Sentence } from '../../../sources/finding.ts'
import { say, type StatedPython } from '../plan.ts'
import type { LimitingLine } from './release-limits.ts'
import { limitOf, releaseFindings, whyOlder } from './release-findings.ts'

/** The Python that a package runs with, as far as it asks for one. */
export type ChosenPython = {
  /** What the environment is made with. Absent for the usual one of the machine. */
  python?: string
  because: Sentence[]
  warnings: Finding[]
  problems: Finding[]
}

/** Versions that the platform supports, further than there are any. */
const someSupported = Array.from({ length: 40 }, (_, at) => `3.${at}`).filter((version) =>
  meetsPython(version, supportedPythons),
)

const minor = (version: string) => versionNumbers(version).slice(0, 2).join('.')

const listed = (words: readonly string[], language: 'zh' | 'en') =>
  [...new Set(words)].join(language === 'zh' ? '、' : ', ')

const asked = (stated: readonly StatedPython[]) =>
  say(
    stated.map(({ path, written }) => `${path} 要求 Python ${written}`).join('；'),
    stated.map(({ path, written }) => `${path} asks for Python ${written}`).join('; '),
  )

/** The Pythons of this machine, and those that services cannot run. */
function machineHas(pythons: readonly MachinePython[], requirement: string): Sentence {
  const open = pythons.filter(isUsable).map(({ version }) => version)
  const hidden = pythons.find((one) => !isUsable(one) && meetsPython(one.version, requirement))
  const has = say(`这台机器上可用的有 ${listed(open, 'zh')}`, `This machine has ${listed(open, 'en')}`)
  if (!hidden) return has
  if (hidden.fault)
    return say(
      `${has.zh}；${hidden.file} 符合，但没有使用：${hidden.fault.zh}`,
      `${has.en}; ${hidden.file} would do, but is not used: ${hidden.fault.en}`,
    )
  return say(
    `${has.zh}；${hidden.file} 符合，但服务的账户进不了目录 ${hidden.closed}`,
    `${has.en}; ${hidden.file} would do, but the accounts of services cannot enter the folder ${hidden.closed}`,
  )
}

const needsContainer = say(
  '另一个 Python 需要容器（这台平台没有连接 Docker），或由管理员安装到这台机器上（例如 /opt，或写进 VITRINE_PYTHONS）',
  'Another Python needs a container, and this platform has no Docker; or the administrator installs it on this machine (in /opt for example, or named in VITRINE_PYTHONS)',
)

/** The remedy for a package that no Python of this machine can run: its usual Python, if the package may be changed to that. */
function helpFor(stated: readonly StatedPython[], open: readonly MachinePython[]): Partial<Finding> {
  const [first] = open
  if (!first) return {}
  const saved = stated.find(({ hasSaved }) => hasSaved)
  const versions = open.map(({ version }) => minor(version))
  if (saved)
    return {
      mend: say(
        `请管理员安装 Python ${minor(saved.written)}，或用 Python ${listed(versions, 'zh')} 重新训练并保存模型。只在 algorithm.yaml 里写另一个版本没有用：模型和它写死的依赖都属于 Python ${minor(saved.written)}`,
        `Ask the administrator to install Python ${minor(saved.written)}, or train and save the model again with Python ${listed(versions, 'en')}. Another version in algorithm.yaml alone does not help: the model and its exact requirements are of Python ${minor(saved.written)}`,
      ),
    }
  const line = `python: "${minor(first.version)}"`
  const isManifest = stated.some(({ path }) => /^algorithm\.ya?ml$/.test(path))
  return {
    mend: say(
      `要用这台机器的 Python 运行，在 algorithm.yaml 里写 ${line}；写死的依赖版本可能装不上`,
      `To run it with the Python of this machine, write ${line} in algorithm.yaml; exact versions of its requirements may not install there`,
    ),
    ...(!isManifest && { adds: { path: 'algorithm.yaml', lines: [line] } }),
  }
}

/** A problem for a package that no Python of this machine may run. */
function missing(
  stated: readonly StatedPython[],
  requirement: string,
  pythons: readonly MachinePython[],
): Finding {
  const [words, has] = [asked(stated), machineHas(pythons, requirement)]
  const old = !someSupported.some((version) => meetsPython(version, requirement))
  return {
    code: 'python.missing',
    path: stated[0]?.path ?? 'algorithm.yaml',
    text: say(
      `${words.zh}。${has.zh}${old ? `，平台支持 ${supportedPythons}` : ''}`,
      `${words.en}. ${has.en}${old ? `; the platform supports ${supportedPythons}` : ''}`,
    ),
    follows: needsContainer,
    ...helpFor(stated, pythons.filter(isUsable)),
  }
}

const unreadable = ({ path, written }: StatedPython): Finding => ({
  code: 'python.unreadable',
  path,
  text: say(
    `${path} 里的 Python 版本 ${written.slice(0, 100)} 不是版本号，没有采用`,
    `${path} says Python ${written.slice(0, 100)}, which is no version, so it is not followed`,
  ),
  mend: say('写成 3.11 或 >=3.10,<3.13 这样', 'Write it as 3.11 or >=3.10,<3.13'),
})

const otherThanUsed = (stated: readonly StatedPython[], version: string): Finding => {
  const words = asked(stated)
  return {
    code: 'python.other',
    path: stated[0]?.path ?? '',
    text: say(
      `${words.zh}，这台机器上没有，用 Python ${version} 运行`,
      `${words.en}, which this machine does not have; it runs with Python ${version}`,
    ),
    follows: say('写死的依赖版本可能装不上', 'Exact versions of its requirements may not install there'),
  }
}

/** What all of these together ask for. */
const requirementOf = (some: readonly StatedPython[]) =>
  some.length === 0 ? undefined : allOf(some.flatMap(({ requirement }) => requirement ?? []))

/** The choice by what is stated alone. */
function byStatements(
  read: readonly StatedPython[],
  pythons: readonly MachinePython[],
): ChosenPython & { runs: MachinePython | null; binding: string | undefined } {
  const open = pythons.filter(isUsable)
  const binding = read.filter(({ isBinding }) => isBinding)
  const [strict, whole] = [requirementOf(binding), requirementOf(read)]
  const found = pickPython(open, whole)
  const chosen = found ?? pickPython(open, strict)
  const none = { because: [], warnings: [], problems: [], binding: strict }
  if (!chosen)
    return {
      ...none,
      runs: null,
      ...(strict !== undefined && { python: strict }),
      problems: [missing(binding, strict ?? '', pythons)],
    }
  const python = found ? whole : strict
  const why = found ? read : binding
  const used = read.filter(({ isBinding }) => !isBinding)
  const words = asked(why)
  return {
    ...none,
    runs: chosen,
    ...(python !== undefined && { python }),
    because:
      why.length === 0
        ? []
        : [say(`${words.zh}，用 ${chosen.version} 运行`, `${words.en}; it runs with ${chosen.version}`)],
    warnings: found ? [] : [otherThanUsed(used, chosen.version)],
  }
}

/**
 * Chooses the Python of a package among those of the machine: the first of them, which is the usual one, if it is as the
 * package asks and as the releases that it names need, else the newest that is. `manifest` is what `algorithm.yaml` says,
 * which decides alone; `lines` are those of its requirements that keep it from newer ones. Pure.
 */
export function choosePython(
  manifest: StatedPython | null,
  files: readonly StatedPython[],
  pythons: readonly MachinePython[],
  lines: readonly LimitingLine[] = [],
): ChosenPython {
  const all = manifest === null ? files : [manifest]
  const read = all.filter((one) => one.requirement !== null)
  const unread = all.filter((one) => one.requirement === null).map(unreadable)
  const open = pythons.filter(isUsable)
  if (pythons.length === 0 || (read.length === 0 && open.length === 0)) {
    // If nothing is known of the machine, or an image is asked for, the version that the package asks for is all that can be said.
    const python = requirementOf(read)
    return { ...(python !== undefined && { python }), because: [], warnings: unread, problems: [] }
  }
  const { runs, binding, ...stated } = byStatements(read, pythons)
  const chosen = { ...stated, warnings: [...unread, ...stated.warnings] }
  const limits = runs === null ? [] : lines.filter((line) => !meetsPython(runs.version, limitOf([line])))
  if (runs === null || limits.length === 0) return chosen
  const limited = allOf([...(binding === undefined ? [] : [binding]), limitOf(lines)])
  // What algorithm.yaml says is not changed, and neither is what its author uses.
  const older = manifest === null && stated.python === binding ? pickPython(open, limited) : null
  if (older)
    return {
      ...chosen,
      python: limited,
      because: [whyOlder(limits, older.version)],
    }
  const { problems, warnings } = releaseFindings(limits, runs, open, manifest !== null)
  return {
    ...chosen,
    problems: [...chosen.problems, ...problems],
    warnings: [...chosen.warnings, ...warnings],
  }
}
