import type { PackageView } from '../../../sources/package-view.ts'
import type { PackageReading } from '../package-reading.ts'
import { planFor, has, say, type Detector, type Plan } from '../plan.ts'
import { readPython, type PythonClass } from '../python-code/python-source.ts'
import { ownMain } from './own-main.ts'
import { parametersOfPredict } from './signature.ts'

const standardFile = 'ai_algorithm.py'
const standardClass = 'Algorithm'
/** Files that make a folder a package, not just one file of code. */
const packageFiles = ['main.py', 'config.py', 'start.sh', 'requirements.txt', 'pyproject.toml', 'setup.py']

/** How many of them are named. */
const namedAtMost = 3

type Candidate = { file: string; holder: PythonClass }

const hasPredict = (holder: PythonClass) => holder.methods.some((method) => method.name === 'predict')
const mayInherit = (holder: PythonClass) => holder.bases !== '' && holder.bases !== 'object'

async function classesIn(view: PackageView, file: string): Promise<PythonClass[]> {
  const source = await view.readText(file)
  return source === null ? [] : readPython(source).classes
}

/** The classes with `predict` in the files at the top of the package. Files in subfolders are modules to import. */
async function candidates(view: PackageView): Promise<Candidate[]> {
  const files = view.files.map((file) => file.path).filter((path) => /^[^/]+\.py$/.test(path))
  const lists = await Promise.all(
    files.map(async (file) =>
      (await classesIn(view, file)).filter(hasPredict).map((holder) => ({ file, holder })),
    ),
  )
  return lists.flat()
}

/** The files that make this a package, not one file of code: those of a package, else the code beside the entry. */
function filesOfPackage(view: PackageView, entry: string): string[] {
  const present = packageFiles.filter((file) => has(view, file))
  if (present.length > 0) return present
  return view.files.map(({ path }) => path).filter((path) => path.endsWith('.py') && path !== entry)
}

const formOf = (files: readonly string[]) => (files.length === 0 ? 'single-file' : 'python-package')

function shapeOf(files: readonly string[]): ReturnType<typeof say> {
  if (files.length === 0)
    return say(
      '包里只有这一个 Python 文件，其余由平台补齐',
      'It is the only Python file; the platform adds the rest',
    )
  const named = files.slice(0, namedAtMost)
  const more = files.length > named.length
  return say(
    `包里有 ${named.join('、')}${more ? ' 等' : ''}，按完整算法包处理`,
    `The package has ${named.join(', ')}${more ? ' and more' : ''}, so it is treated as a full package`,
  )
}

function finding(view: PackageView, candidate: Candidate, reason: ReturnType<typeof say>): Plan {
  const files = filesOfPackage(view, candidate.file)
  return {
    ...planFor(formOf(files), 'python', `${candidate.file}:${candidate.holder.name}`, [
      reason,
      shapeOf(files),
    ]),
    parameters: parametersOfPredict(candidate.holder),
  }
}

async function startedByOwnMain(reading: PackageReading, plan: Plan): Promise<Plan> {
  const launch = await ownMain(reading)
  if (launch === null) return plan
  const because = say(
    'main.py 用平台的运行时启动服务',
    "main.py starts the service with the platform's runtime",
  )
  return { ...plan, launch, because: [...plan.because, because] }
}

/** Checks the class that a stated entry `file.py:Class` names, and reports what is wrong with it. */
export async function statedPythonClass(view: PackageReading, entry: string): Promise<Plan> {
  const [file = '', name = ''] = entry.split(':')
  const reason = say(`algorithm.yaml 指定了入口 ${entry}`, `algorithm.yaml specifies the entry ${entry}`)
  const holder = (await classesIn(view, file)).find((known) => known.name === name)
  if (holder) {
    const stated = finding(view, { file, holder }, reason)
    return hasPredict(holder) || mayInherit(holder)
      ? startedByOwnMain(view, stated)
      : { ...stated, problems: [noPredict(entry, file)] }
  }
  const text = has(view, file)
    ? say(`${file} 里没有顶层的类 ${name}`, `${file} has no class ${name} at its top level`)
    : say(`入口文件 ${file} 不在包里`, `The entry file ${file} is not in the package`)
  const stated = planFor(formOf(filesOfPackage(view, file)), 'python', entry, [reason])
  return { ...stated, problems: [{ code: 'manifest.entry_missing', text, path: file }] }
}

const noPredict = (entry: string, path: string) => ({
  code: 'manifest.no_predict',
  path,
  text: say(`${entry} 没有 predict 方法`, `${entry} has no method predict`),
})

async function standardAlgorithm(view: PackageView): Promise<Plan | null> {
  const holder = (await classesIn(view, standardFile)).find((known) => known.name === standardClass)
  if (!holder || !(hasPredict(holder) || mayInherit(holder))) return null
  const reason = say(
    `找到 ${standardFile} 里的类 ${standardClass}`,
    `Found the class ${standardClass} in ${standardFile}`,
  )
  const result = finding(view, { file: standardFile, holder }, reason)
  if (hasPredict(holder)) return result
  const text = say(
    `${standardClass} 自己没有 predict，当作由 ${holder.bases} 继承`,
    `${standardClass} has no own predict method; it is assumed to inherit it from ${holder.bases}`,
  )
  return { ...result, warnings: [{ code: 'manifest.predict_inherited', text, path: standardFile }] }
}

/**
 * Chooses a class with `predict` in a package without the standard class. One is taken; several are a
 * question to the author.
 */
function choose(view: PackageView, all: readonly Candidate[]): Plan | null {
  const named = all.filter(({ holder }) => holder.name === standardClass)
  const preferred = [named, all.filter(({ file }) => file === standardFile), all].find(
    (group) => group.length > 0,
  )
  const [first, ...others] = preferred ?? []
  if (!first) return null
  const entry = `${first.file}:${first.holder.name}`
  const reason = say(
    `没有 ${standardFile} 里的 ${standardClass}，但 ${first.file} 里的类 ${first.holder.name} 有 predict 方法`,
    `There is no ${standardClass} in ${standardFile}, but the class ${first.holder.name} in ${first.file} has a method predict`,
  )
  const result = finding(view, first, reason)
  if (others.length === 0) return result
  const names = [first, ...others].map(({ file, holder }) => `${file}:${holder.name}`).join(', ')
  const text = say(
    `有几个类都有 predict（${names}），请在 algorithm.yaml 里写明 entry，例如 entry: ${entry}`,
    `Several classes have a predict method (${names}). Specify one in algorithm.yaml, for example entry: ${entry}`,
  )
  return { ...result, problems: [{ code: 'manifest.entry_ambiguous', text }] }
}

/** Detects the standard class: `ai_algorithm.py:Algorithm`. */
export const detectStandardAlgorithm: Detector = async (reading) => {
  const plan = await standardAlgorithm(reading)
  return plan ? [await startedByOwnMain(reading, plan)] : []
}

/** Detects another class with `predict`, if it is the only one. */
export const detectPythonClass: Detector = async (reading) => {
  const plan = choose(reading, await candidates(reading))
  return plan ? [await startedByOwnMain(reading, plan)] : []
}
