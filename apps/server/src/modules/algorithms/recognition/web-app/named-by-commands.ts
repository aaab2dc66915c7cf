import type { PackageReading } from '../package-reading.ts'
import { mayBeEntry } from '../package-reading.ts'
import type { WebApp } from './apps.ts'

/** A place where the author's own command names an application. */
export type NamedByCommand = { file: string; line: number; module: string; name: string }

const scripts =
  /(^|\/)(Procfile|Dockerfile[^/]*|[^/]*\.dockerfile|(docker-)?compose[^/]*\.ya?ml|Makefile|[^/]*\.sh)$/
const filesAtMost = 20
const servers = '(?:uvicorn|gunicorn|hypercorn|daphne|granian|waitress|fastapi|UvicornWorker)'
/** `module:name` after the name of a server. gunicorn takes a module alone, too, and then the name `application`. */
const served = new RegExp(String.raw`${servers}[^\n]{0,500}?["'\s](?:([\w.]+):(\w+)|([\w.]+\.wsgi))\b`, 'g')
// More than any start script has. Packages can be hostile.
const longestLine = 500
const linesAtMost = 500
const commandsAtMost = 500

/** The applications that the start scripts, Dockerfiles and Procfile of a package name: `uvicorn app.main:app`. */
export async function namedByCommands(reading: PackageReading): Promise<NamedByCommand[]> {
  const files = reading.files.map(({ path }) => path).filter((path) => scripts.test(path) && mayBeEntry(path))
  const found: NamedByCommand[] = []
  for (const file of files.slice(0, filesAtMost)) {
    const text = (await reading.readText(file)) ?? ''
    for (const [at, line] of text.split('\n').slice(0, linesAtMost).entries())
      for (const [, module, name, alone = ''] of line.slice(0, longestLine).matchAll(served))
        found.push({ file, line: at + 1, module: module ?? alone, name: name ?? 'application' })
  }
  return found.slice(0, commandsAtMost)
}

/** The command that names this application. */
export const commandFor = (app: WebApp, named: readonly NamedByCommand[]): NamedByCommand | undefined =>
  named.find(({ module, name }) => {
    if (name !== app.name) return false
    const path = module.replaceAll('.', '/')
    const ends = [`${path}.py`, `${path}/__init__.py`]
    return ends.some((end) => app.file === end || app.file.endsWith(`/${end}`))
  })
