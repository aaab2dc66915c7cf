import type { PackageView } from '../../sources/package-view.ts'
import { readModule, type PythonModule } from './python-code/module.ts'

/** A package that is being recognised. Its Python files are scanned once for all detectors. */
export type PackageReading = PackageView & {
  /** Whether the package has this file. */
  has: (path: string) => boolean
  /** The Python file at a path. Null if there is none that can be read. */
  module(path: string): Promise<PythonModule | null>
  /** The Python files that can be the start of a package, and contain one of these words. */
  modulesWith(words: RegExp): Promise<PythonModule[]>
}

/** A package with more Python files than this is read in part: those nearest to its top. */
const filesAtMost = 2_000
/** How much text of a package is read, in bytes. */
const bytesAtMost = 32 * 1024 ** 2
/** How many calls, names and definitions of a package are remembered. */
const rememberedAtMost = 500_000

const notEntries =
  /(^|\/)(tests?|testing|docs?|examples?|samples?|notebooks?|benchmarks?|migrations|alembic|site-packages|\.[^/]+)\/|(^|\/)(setup|conftest|test_[^/]*|[^/]*_test|fabfile|noxfile|tasks)\.py$/i

/** Whether a file can be what a package starts with: not one of its tests, documents, examples or tools. */
export const mayBeEntry = (path: string): boolean => !notEntries.test(path)

const depth = (path: string) => path.split('/').length

/** The Python files that can be an entry, those nearest to the top first. */
function entryFiles({ files }: PackageView): string[] {
  let bytes = 0
  return files
    .filter(({ path }) => path.endsWith('.py') && mayBeEntry(path))
    .toSorted((one, other) => depth(one.path) - depth(other.path) || (one.path < other.path ? -1 : 1))
    .slice(0, filesAtMost)
    .filter(({ size }) => (bytes += size) <= bytesAtMost)
    .map(({ path }) => path)
}

/** Reads a package for recognition. */
export function readPackage(view: PackageView): PackageReading {
  const paths = new Set(view.files.map(({ path }) => path))
  const code = entryFiles(view)
  const texts = new Map<string, Promise<string | null>>()
  const modules = new Map<string, PythonModule>()
  const budget = { left: rememberedAtMost }
  const readText = (path: string) => {
    const known = texts.get(path) ?? view.readText(path)
    texts.set(path, known)
    return known
  }
  const module = async (path: string) => {
    const source = paths.has(path) && path.endsWith('.py') ? await readText(path) : null
    if (source === null) return null
    const known = modules.get(path) ?? readModule(path, source, budget)
    modules.set(path, known)
    return known
  }
  return {
    files: view.files,
    readText,
    has: (path) => paths.has(path),
    module,
    async modulesWith(words) {
      const found: PythonModule[] = []
      for (const path of code) {
        if (!words.test((await readText(path)) ?? '')) continue
        const read = await module(path)
        if (read) found.push(read)
      }
      return found
    },
  }
}
