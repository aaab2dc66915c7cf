import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { z } from 'zod'
import type { Finding } from '../../sources/finding.ts'
import { withoutComments } from '../recognition/node-package/javascript-source.ts'
import type { PackageReading } from '../recognition/package-reading.ts'
import { say } from '../recognition/plan.ts'
import { typeScript } from './entry-file.ts'

const names = z.record(z.string(), z.unknown()).optional()
const packageFile = z.looseObject({
  name: z.string().optional(),
  dependencies: names,
  optionalDependencies: names,
  peerDependencies: names,
  devDependencies: names,
})

/** More files than a server has of its own, and more findings than anybody reads. */
const [filesAtMost, shownAtMost] = [500, 20]

/** A module that code asks for, and where. `optional` if it is asked for below `try`. */
type Asked = { specifier: string; line: number; optional: boolean }

const asking =
  /\brequire\s*\(\s*(["'])([^"'\n]{1,200})\1\s*\)|^[ \t]*(?:import|export)\b[^;"'`(]{0,1000}?\bfrom\s*(["'])([^"'\n]{1,200})\3|^[ \t]*import\s*(["'])([^"'\n]{1,200})\5/gm

/** What a file asks for. Its text is read, not run; comments are not code. */
function askedIn(source: string): Asked[] {
  const code = withoutComments(source)
  let line = 1
  let from = 0
  return [...code.matchAll(asking)].map((match) => {
    for (; from < match.index; from += 1) if (code[from] === '\n') line += 1
    const specifier = match[2] ?? match[4] ?? match[6] ?? ''
    const before = code.slice(Math.max(0, match.index - 200), match.index)
    return { specifier, line, optional: /\btry\s*\{/.test(before.slice(before.lastIndexOf('}') + 1)) }
  })
}

const isOwnFile = (specifier: string) => /^\.{1,2}(\/|$)|^\//.test(specifier)

/** The distribution that gives a module: `@scope/name/part` is in `@scope/name`. Null for what npm has not. */
function distributionOf(specifier: string): string | null {
  const name = /^(@[\w.~-]+\/[\w.~-]+|[\w.~-]+)(?:\/|$)/.exec(specifier)?.[1] ?? null
  return name === null || isBuiltin(specifier) || isBuiltin(name) ? null : name
}

function fileAt({ has }: PackageReading, from: string, specifier: string): string | null {
  const path = posix.normalize(posix.join(posix.dirname(from), specifier)).replace(/\/$/, '')
  const endings = ['', '.js', '.cjs', '.mjs', '/index.js', '/index.cjs', '/index.mjs']
  return endings.map((ending) => path + ending).find((one) => /\.[cm]?js$/.test(one) && has(one)) ?? null
}

/** The TypeScript file that code means by a specifier. It also names one by what it will be compiled to. */
function typeScriptAt({ has }: PackageReading, from: string, specifier: string): string | null {
  const path = posix.normalize(posix.join(posix.dirname(from), specifier)).replace(/\/$/, '')
  const stem = path.replace(/\.([cm]?)js$/, '')
  const endings = ['', '.ts', '.mts', '.cts', '/index.ts']
  return endings.map((ending) => stem + ending).find((one) => typeScript.test(one) && has(one)) ?? null
}

/** TypeScript files, and those that they import by a path. */
export async function typeScriptReached(
  reading: PackageReading,
  starts: readonly string[],
): Promise<string[]> {
  const reached = new Set(starts)
  // A set gives what is added to it meanwhile as well.
  for (const path of reached) {
    if (reached.size > filesAtMost) break
    for (const { specifier } of askedIn((await reading.readText(path)) ?? '')) {
      const file = isOwnFile(specifier) ? typeScriptAt(reading, path, specifier) : null
      if (file !== null) reached.add(file)
    }
  }
  return [...reached]
}

const findingFor = (name: string, path: string, line: number, isForDevelopment: boolean): Finding => ({
  code: 'preflight.import_unlisted',
  path,
  line,
  text: isForDevelopment
    ? say(
        `${path} 第 ${line} 行用到 ${name}，package.json 只把它列在 devDependencies 里`,
        `${path} line ${line} uses ${name}, which package.json lists only in devDependencies`,
      )
    : say(
        `${path} 第 ${line} 行用到 ${name}，package.json 里没有它`,
        `${path} line ${line} uses ${name}, which package.json does not list`,
      ),
  follows: say(
    `部署时不会安装它，服务启动时会停在 Cannot find module '${name}'，除非别的依赖正好带上它`,
    `It is not installed, and the service stops with Cannot find module '${name}', unless another dependency happens to bring it`,
  ),
  mend: say(
    `在项目里运行 npm install ${name}，把 package.json 和锁文件一起上传`,
    `Run npm install ${name} in the project, and upload package.json with its lock file`,
  ),
})

/** Warnings for modules that the started code imports and `package.json` does not list. `starts` are paths of files. */
export async function nodeImportFindings(
  reading: PackageReading,
  starts: Iterable<string>,
): Promise<Finding[]> {
  const stated = await statedNames(reading)
  if (stated === null) return []
  const waiting = [...starts]
  const seen = new Set(waiting)
  const found = new Map<string, Finding>()
  for (let path = waiting.shift(); path !== undefined && seen.size <= filesAtMost; path = waiting.shift()) {
    for (const { specifier, line, optional } of askedIn((await reading.readText(path)) ?? '')) {
      const file = isOwnFile(specifier) ? fileAt(reading, path, specifier) : null
      if (file !== null && !seen.has(file)) {
        seen.add(file)
        waiting.push(file)
      }
      const name = isOwnFile(specifier) || optional ? null : distributionOf(specifier)
      if (name === null || found.has(name) || stated.installed.has(name)) continue
      found.set(name, findingFor(name, path, line, stated.forDevelopment.has(name)))
    }
  }
  return [...found.values()].slice(0, shownAtMost)
}

/** The names that `package.json` lists. Null if there is none that can be read. */
async function statedNames(
  reading: PackageReading,
): Promise<{ installed: Set<string>; forDevelopment: Set<string> } | null> {
  const source = await reading.readText('package.json')
  if (source === null) return null
  try {
    const { data } = packageFile.safeParse(JSON.parse(source))
    if (!data) return null
    const { name = '', dependencies, optionalDependencies, peerDependencies, devDependencies } = data
    const lists = [dependencies, optionalDependencies, peerDependencies]
    const installed = new Set([name, ...lists.flatMap((list) => Object.keys(list ?? {}))])
    return { installed, forDevelopment: new Set(Object.keys(devDependencies ?? {})) }
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
