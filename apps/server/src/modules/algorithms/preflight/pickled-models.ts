import type { Finding } from '../../sources/finding.ts'
import type { PackageView } from '../../sources/package-view.ts'
import { say } from '../recognition/plan.ts'
import type { CodeFile } from './code-checker.ts'
import { isGivenBy } from './python-libraries.ts'

/** Libraries whose models people pickle. A pickle names the modules of its objects, and some contain the version that wrote them. */
const libraries: readonly { module: string; distribution: string; version?: RegExp }[] = [
  {
    module: 'sklearn',
    distribution: 'scikit-learn',
    version: /_sklearn_version\D{1,12}(\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)/,
  },
  { module: 'xgboost', distribution: 'xgboost' },
  { module: 'lightgbm', distribution: 'lightgbm' },
  { module: 'catboost', distribution: 'catboost' },
]

const ending = /\.(pkl|pickle|joblib)$/
const readAtMost = 20

/** A library that reading a pickle needs. `line` is that of a requirements file. */
export type PickledLibrary = { path: string; module: string; distribution: string; line: string }

/**
 * The libraries that the pickles named in the code need, and that no requirement provides. No code imports them: the pickle
 * does when it is read. Pickles over 1 MiB and compressed ones are not read.
 */
export async function pickledLibraries(
  view: PackageView,
  started: readonly CodeFile[],
  installed: ReadonlySet<string>,
): Promise<PickledLibrary[]> {
  const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
  const named = view.files.filter(
    ({ path }) => ending.test(path) && started.some(({ text }) => text.includes(nameOf(path))),
  )
  const found = new Map<string, PickledLibrary>()
  for (const { path } of named.slice(0, readAtMost)) {
    const text = (await view.readText(path)) ?? ''
    for (const { module, distribution, version } of libraries) {
      if (found.has(module) || isGivenBy(module, installed) || !text.includes(`${module}.`)) continue
      const written = version?.exec(text)?.[1]
      const line = written === undefined ? distribution : `${distribution}==${written}`
      found.set(module, { path, module, distribution, line })
    }
  }
  return [...found.values()]
}

/** The warning for such a library. `file` is where its line is added; null if that is no requirements file. */
export function pickledFinding(
  { path, module, line }: PickledLibrary,
  place: { file: string | null; from: string | null },
): Finding {
  const where = place.file ?? place.from ?? 'requirements.txt'
  return {
    code: 'preflight.pickle_library_unlisted',
    path,
    text: say(
      `${path} 里的模型需要 ${line}，依赖里没有它`,
      `The model in ${path} needs ${line}, which no requirement lists`,
    ),
    follows: say(
      `部署时不会安装它，读取模型时会停在 ModuleNotFoundError: No module named '${module}'`,
      `It is not installed, and reading the model stops with ModuleNotFoundError: No module named '${module}'`,
    ),
    mend: say(`在 ${where} 里加一行 ${line}`, `Add the line ${line} to ${where}`),
    ...(place.file !== null && { adds: { path: place.file, lines: [line] } }),
  }
}
