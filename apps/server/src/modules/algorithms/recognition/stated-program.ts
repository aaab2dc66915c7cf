import type { PackageReading } from './package-reading.ts'
import { planFor, say, type Plan } from './plan.ts'
import { importedFile } from './python/find-module.ts'
import type { PythonModule } from './python-code/module.ts'
import { planPythonProgram } from './python/python-launch.ts'
import { readRequirements } from './python/requirements.ts'
import { webAppsIn, type WebApp } from './web-app/apps.ts'
import type { Framework } from './web-app/frameworks.ts'
import { argumentsRead } from './web-app/read-arguments.ts'
import { serveCommand, servers } from './web-app/servers.ts'

/** A command line of a Python package, which runs in its environment. */
export async function statedProgram(reading: PackageReading, entry: string): Promise<Plan> {
  const stated = await readRequirements(reading, '')
  return {
    ...planFor('python-app', 'python', entry, [
      say(`algorithm.yaml 指定了启动命令 ${entry}`, `algorithm.yaml specifies the command ${entry}`),
    ]),
    launch: {
      folder: '',
      paths: [''],
      requirements: stated.file,
      install: stated.lines,
      env: {},
      start: entry,
    },
  }
}

type Served = Pick<Framework, 'calls' | 'attribute'> & { distribution?: string }
const unknown: Served = { calls: 'asgi' }

/** The application that a name of a file means, also if the file takes it, or what makes it, from another one. */
async function appOf(
  reading: PackageReading,
  module: PythonModule,
  name: string,
): Promise<WebApp | undefined> {
  const callees = module.bindings.filter((one) => one.name === name).map(({ callee }) => callee.split('.')[0])
  const taken = module.imports.find(({ as }) => as === name || callees.includes(as))
  const file = taken && importedFile(reading, module.path, taken)
  const other = file ? await reading.module(file.path) : null
  const apps = await webAppsIn(reading, other ? [module, other] : [module])
  return apps.find((app) => app.file === module.path && app.name === name)
}

/**
 * An object of a file that no recogniser shows, but which `algorithm.yaml` names as `file.py:name`. It is taken as an
 * ASGI application, unless its framework is known. Null if the file has no such object, or if it is a class.
 */
export async function statedWebApp(reading: PackageReading, entry: string): Promise<Plan | null> {
  const [file = '', name = ''] = entry.split(':')
  const module = await reading.module(file)
  const base = name.replace(/\(\)$/, '')
  const isFactory = base !== name
  const isThere =
    module?.bindings.some((one) => one.name === base) ||
    module?.imports.some((one) => one.as === base) ||
    (isFactory && module?.functions.some((one) => one.name === base))
  if (!module || !isThere) return null
  const { calls, distribution, attribute }: Served =
    (await appOf(reading, module, base))?.framework ?? unknown
  const program = await planPythonProgram(reading, file, {
    framework: distribution === undefined ? [] : [distribution],
    server: [servers[calls]],
  })
  const kind = calls.toUpperCase()
  const reason = say(
    `algorithm.yaml 指定了入口 ${entry}，按 ${kind} 应用启动`,
    `algorithm.yaml specifies the entry ${entry}, which is started as ${calls === 'asgi' ? 'an' : 'a'} ${kind} app`,
  )
  const target = `${program.module}:${base}${attribute === undefined ? '' : `.${attribute}`}`
  const readsArguments = (await argumentsRead(reading, file)) !== null
  return {
    ...planFor(`${calls}-app`, 'python', entry, [reason, ...program.because]),
    warnings: program.warnings,
    launch: {
      ...program.launch,
      env: {},
      start: serveCommand(calls, target, { isFactory, readsArguments }),
    },
  }
}
