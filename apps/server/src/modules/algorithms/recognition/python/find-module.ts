import type { PackageReading } from '../package-reading.ts'
import { quickImports, type QuickImport } from '../python-code/quick-imports.ts'
import type { PythonImport } from '../python-code/module.ts'

type Files = Pick<PackageReading, 'has'>

/** Joins a folder of the package and a path below it. */
export const joinPath = (folder: string, path: string) =>
  folder === '' ? path : path === '' ? folder : `${folder}/${path}`

/** More folders around a file than any project has. Packages can be hostile. */
const foldersAtMost = 30

/** The folder of a file and all folders around it, the innermost first. The top of the package is "". */
function foldersAround(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  const near = parts.slice(0, foldersAtMost)
  return [...near.map((_part, index) => parts.slice(0, parts.length - index).join('/')), '']
}

/** The file of a module below a folder. Null if there is none. */
function moduleFile(files: Files, root: string, module: string): string | null {
  const path = joinPath(root, module.replaceAll('.', '/'))
  return [`${path}.py`, joinPath(path, '__init__.py')].find((file) => files.has(file)) ?? null
}

/** The file of the package that an import reads, and the name in it. Null if it is installed from elsewhere. */
export function importedFile(
  files: Files,
  from: string,
  { module, name, level }: Pick<PythonImport, 'module' | 'name' | 'level'>,
): { path: string; name: string | null } | null {
  const roots = level > 0 ? foldersAround(from).slice(level - 1, level) : foldersAround(from)
  for (const root of roots) {
    const whole = name === null ? null : moduleFile(files, root, module === '' ? name : `${module}.${name}`)
    if (whole !== null) return { path: whole, name: null }
    const holder = moduleFile(files, root, module)
    if (holder !== null && holder !== from) return { path: holder, name }
  }
  return null
}

const [filesFollowed, rootsAtMost, importsAtMost] = [100, 10, 2_000]

type Reached = { path: string; imports: readonly QuickImport[] }

type File = Reached & { imported: string[] }
const readings = new WeakMap<PackageReading, Map<string, Promise<File>>>()

/**
 * Where a string names a module that is then loaded: `app.config.from_object("config.Config")` of Flask; the settings of
 * Django, what they name, and the routes that others include.
 */
const loadsByName = /\bfrom_object\s*\(|\bDJANGO_SETTINGS_MODULE\b|\bROOT_URLCONF\b|\binclude\s*\(/
const namedModule = /["'](?:([A-Za-z_][\w.]{0,200})\.)?([A-Za-z_]\w{0,100})["']/g

/** The files that the strings of such code name. What names no file of the package is something else. */
const namedFiles = (files: Files, from: string, text: string): string[] =>
  loadsByName.test(text)
    ? [...text.matchAll(namedModule)].slice(0, importsAtMost).flatMap(([, module, name = '']) => {
        const said = module === undefined ? { module: name, name: null } : { module, name }
        return importedFile(files, from, { ...said, level: 0 })?.path ?? []
      })
    : []

async function readImports(reading: PackageReading, path: string): Promise<File> {
  const text = (await reading.readText(path)) ?? ''
  const imports = quickImports(text)
  const imported = [
    ...imports.flatMap((one) => importedFile(reading, path, one)?.path ?? []),
    ...namedFiles(reading, path, text),
  ]
  return { path, imports, imported: [...new Set(imported)] }
}

/** The imports of a file. They are read once, because several programs of a package may reach it. */
function importsOf(reading: PackageReading, path: string): Promise<File> {
  const files = readings.get(reading) ?? new Map<string, Promise<File>>()
  readings.set(reading, files)
  const known = files.get(path) ?? readImports(reading, path)
  files.set(path, known)
  return known
}

/** A file and the files of the package that it imports or loads by their names, directly or not. */
export async function filesReached(reading: PackageReading, start: string): Promise<Reached[]> {
  const found = new Map<string, Reached>()
  const waiting = [start]
  for (let path = waiting.pop(); path !== undefined && found.size < filesFollowed; path = waiting.pop()) {
    if (found.has(path)) continue
    const file = await importsOf(reading, path)
    found.set(path, file)
    waiting.push(...file.imported)
  }
  return [...found.values()]
}

/** The innermost folder around a file that is not itself a package of Python. */
const outermost = (files: Files, path: string): string =>
  foldersAround(path).find((folder) => !files.has(joinPath(folder, '__init__.py'))) ?? ''

const inside = (folder: string, path: string) => folder === '' || path.startsWith(`${folder}/`)

/** Whether an absolute import finds something below a folder. Folders without `__init__.py` count too. */
function resolves(
  reading: PackageReading,
  root: string,
  { module, name }: Reached['imports'][number],
): boolean {
  const path = joinPath(root, module.replaceAll('.', '/'))
  if (moduleFile(reading, root, module) !== null) return true
  return name !== null && moduleFile(reading, path, name) !== null
}

/**
 * The folder from which a file must be imported so that the imports of the package work: `src` for `src/api/main.py`
 * that has `from api import …`, the top for one that has `from src.api import …`.
 */
export async function importRoot(reading: PackageReading, path: string): Promise<string> {
  const files = await filesReached(reading, path)
  const absolute = files
    .flatMap(({ imports }) => imports.filter(({ level }) => level === 0))
    .slice(0, importsAtMost)
  const relative = files.map((file) => ({
    file: file.path,
    level: file.imports.reduce((most, { level }) => Math.max(most, level), 0),
  }))
  const possible = (root: string) =>
    relative.every(({ file, level }) => {
      if (level === 0 || !inside(root, file)) return true
      const below = root === '' ? file : file.slice(root.length + 1)
      return below.split('/').length - 1 >= level
    })
  const usual = outermost(reading, path)
  const roots = foldersAround(path).slice(-rootsAtMost).filter(possible)
  const score = (root: string) => absolute.filter((one) => resolves(reading, root, one)).length
  const ranked = [usual, ...roots.filter((root) => root !== usual)]
    .filter((root) => roots.includes(root))
    .map((root) => ({ root, score: score(root) }))
  return ranked.reduce(
    (best, one) => (one.score > best.score ? one : best),
    ranked[0] ?? { root: '', score: 0 },
  ).root
}

const marks = [
  'requirements.txt',
  'requirements',
  'pyproject.toml',
  'setup.py',
  'Pipfile',
  'Procfile',
  'Dockerfile',
  'environment.yml',
  'bentofile.yaml',
]

/** The folder in which a project's commands are run: the nearest one with files that belong to a whole project. */
export const projectFolder = (files: Files, root: string): string =>
  foldersAround(joinPath(root, 'file')).find((folder) =>
    marks.some((mark) => files.has(joinPath(folder, mark))),
  ) ?? ''

/** The name by which Python imports a file from a folder: `api.main` for `src/api/main.py` from `src`. */
export function moduleName(root: string, path: string): string {
  const below = root === '' ? path : path.slice(root.length + 1)
  return below
    .replace(/\.py$/, '')
    .replace(/\/__init__$/, '')
    .replaceAll('/', '.')
}
