import type { PackageReading } from '../package-reading.ts'
import { importedFile } from '../python/find-module.ts'
import { importedAs, type PythonImport, type PythonModule } from '../python-code/module.ts'
import { frameworkOf, type Framework } from './frameworks.ts'

/** An application in the code, or a function that makes one. `needsArguments` means that no server can call it. */
export type WebApp = {
  framework: Framework
  file: string
  name: string
  line: number
  isFactory: boolean
  needsArguments: boolean
  /** The file that it is imported from, if it is defined in another one. */
  from: string | null
  /** The same for every name of one application. */
  origin: string
}

/** The key of an application, the same whatever path led to it. */
type Known = Map<string, WebApp>
const key = (file: string, name: string) => `${file}:${name}`

const callable = (parameters: readonly { name: string; default: string | null }[]) =>
  parameters.every(({ name, default: value }) => value !== null || /^[*/]/.test(name))

const factoryName = /^(create|make|get|build|init|setup)(?=\w*app)\w*$|^app$|application|factory/i

/** Applications that a file makes at its top level, and functions that return one. */
function made(module: PythonModule): WebApp[] {
  const { path: file } = module
  const plain = module.bindings.flatMap(({ name, callee, line }): WebApp[] => {
    const framework = frameworkOf(module, callee)
    const same = { file, name, line, from: null, origin: key(file, name) }
    return framework ? [{ ...same, framework, isFactory: false, needsArguments: false }] : []
  })
  const factories = module.functions.flatMap(({ name, line, parameters, bindings, returns }): WebApp[] => {
    if (!factoryName.test(name)) return []
    const returned = new Set(returns)
    const bound = bindings.find((one) => returned.has(one.name) && frameworkOf(module, one.callee))
    const callee = bound?.callee ?? returns.find((one) => frameworkOf(module, one))
    const framework = callee === undefined ? undefined : frameworkOf(module, callee)
    const same = { file, name, line, from: null, origin: key(file, name) }
    return framework ? [{ ...same, framework, isFactory: true, needsArguments: !callable(parameters) }] : []
  })
  return [...plain, ...factories, ...aroundThese(module, factories)]
}

/** Functions that return what one of these makes: `get_app()`, which calls `create_app(…)` with arguments. */
const aroundThese = (module: PythonModule, factories: readonly WebApp[]): WebApp[] =>
  module.functions.flatMap(({ name, line, parameters, returns }) => {
    const known = factories.some((one) => one.name === name)
    const inner = known ? undefined : factories.find((one) => returns.includes(one.name))
    return inner && factoryName.test(name)
      ? [{ ...inner, name, line, needsArguments: !callable(parameters) }]
      : []
  })

type ImportedFile = ReturnType<typeof importedFile>
const filesOfImports = new WeakMap<PythonImport, { file: ImportedFile }>()

/** The file that an import of a module reads. It is looked for once, because names of it may be many. */
function fileOfImport(reading: PackageReading, { path }: PythonModule, imported: PythonImport): ImportedFile {
  const known = filesOfImports.get(imported) ?? { file: importedFile(reading, path, imported) }
  filesOfImports.set(imported, known)
  return known.file
}

/** The application or factory that a name of a file means, also if it is imported from another file. */
function meant(
  reading: PackageReading,
  known: Known,
  module: PythonModule,
  name: string,
): WebApp | undefined {
  const here = known.get(key(module.path, name))
  if (here) return here
  const [head = '', ...rest] = name.split('.')
  const imported = importedAs(module, head)
  const file = imported && fileOfImport(reading, module, imported)
  const original = file && (file.name ?? rest[0])
  return file && original ? known.get(key(file.path, original)) : undefined
}

/** Applications of a file that others make: `app = create_app()`, or `from .api import app`. */
function taken(reading: PackageReading, known: Known, module: PythonModule): WebApp[] {
  const called = module.bindings.flatMap(({ name, callee, line }) => {
    const factory = meant(reading, known, module, callee)
    return factory?.isFactory
      ? [
          {
            ...factory,
            file: module.path,
            name,
            line,
            isFactory: false,
            needsArguments: false,
            from: factory.file,
          },
        ]
      : []
  })
  const imported = module.imports.flatMap(({ as, line }) => {
    const app = meant(reading, known, module, as)
    return app && app.file !== module.path && !known.has(key(module.path, as))
      ? [{ ...app, file: module.path, name: as, line, from: app.file }]
      : []
  })
  return [...called, ...imported]
}

/** How often an application is looked for behind another name. */
const stepsAtMost = 4
/** More applications and names of them than any project has. Packages can be hostile. */
const appsAtMost = 2_000

/** All applications of a package, and all names by which its files know them. */
export async function webAppsIn(
  reading: PackageReading,
  modules: readonly PythonModule[],
): Promise<WebApp[]> {
  const known: Known = new Map()
  for (const app of modules.flatMap(made).slice(0, appsAtMost)) known.set(key(app.file, app.name), app)
  for (let step = 0; step < stepsAtMost && known.size > 0 && known.size < appsAtMost; step += 1) {
    const more = modules.flatMap((module) => taken(reading, known, module))
    const fresh = more.filter((app) => !known.has(key(app.file, app.name)))
    if (fresh.length === 0) break
    for (const app of fresh.slice(0, appsAtMost - known.size)) known.set(key(app.file, app.name), app)
  }
  return [...known.values()]
}

const fileRank = ['main', 'asgi', 'wsgi', 'app', 'server', 'api', 'application', 'run', 'index', '__init__']
const nameRank = ['app', 'application', 'api', 'server']
const aside = /(^|\/)(scripts?|tools?|utils?|legacy|old|deprecated|archive)\//i

const rankIn = (list: readonly string[], name: string) => {
  const at = list.indexOf(name)
  return at < 0 ? list.length : at
}
const baseOf = (file: string) => (file.split('/').at(-1) ?? '').replace(/\.py$/, '')

/**
 * Whether a file is one that people start. Other modules may import the application for other purposes; at the top of
 * a package, they make it to be served.
 */
export const isDoorway = (file: string): boolean => fileRank.includes(baseOf(file)) || !file.includes('/')

/**
 * Ranks an application by how little it looks like the one to serve; the lowest rank is taken. Applications near the top come first,
 * and those in a file and under a name that people usually use.
 */
export const unlikeness = (app: WebApp): number =>
  (app.file.split('/').length - 1) * 20 +
  rankIn(fileRank, baseOf(app.file)) +
  rankIn(nameRank, app.name) * 3 +
  (app.isFactory ? 15 : 0) +
  (app.name.startsWith('_') ? 50 : 0) +
  (app.framework.name === 'Django' && app.framework.calls === 'asgi' ? 10 : 0) +
  (aside.test(app.file) ? 100 : 0)
