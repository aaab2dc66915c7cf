import { shellWord } from '../../../lib/shell-word.ts'
import type { PackageReading } from './package-reading.ts'
import { planFor, say, type Plan } from './plan.ts'
import { planPythonProgram } from './python/python-launch.ts'
import { readRequirements } from './python/requirements.ts'
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

/**
 * An object of a file that no recogniser knows, but which `algorithm.yaml` names as `file.py:name`. It is taken as an
 * ASGI application. Null if the file has no such object, or if it is a class.
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
  if (!isThere) return null
  const program = await planPythonProgram(reading, file, { framework: [], server: [servers.asgi] })
  const reason = say(
    `algorithm.yaml 指定了入口 ${entry}，按 ASGI 应用启动`,
    `algorithm.yaml specifies the entry ${entry}, which is started as an ASGI app`,
  )
  const target = shellWord(`${program.module}:${base}`)
  return {
    ...planFor('asgi-app', 'python', entry, [reason, ...program.because]),
    launch: {
      ...program.launch,
      env: {},
      start: serveCommand('asgi', target, isFactory),
    },
  }
}
