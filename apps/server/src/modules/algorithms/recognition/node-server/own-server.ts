import { posix } from 'node:path'
import { scriptFile } from '../launch/script-files.ts'
import { scriptFilesOf } from '../launch/start-script.ts'
import { withoutComments } from '../node-package/javascript-source.ts'
import { mayBeEntry, type PackageReading } from '../package-reading.ts'

const filesAtMost = 300
const bytesAtMost = 4 * 1024 ** 2
const notServer =
  /(^|\/)(node_modules|public|static|assets|client|frontend|dist|build)\/|\.(min|config|spec|test)\.(?:[cm]?[jt]s|[jt]sx)$/

const asksForHttp = /\b(?:from|require\s*\(|import\s*\(|import)\s*["'](?:node:)?https?2?["']/
const makesServer = /\bcreate(?:Secure)?Server\s*\(|\bnew\s+(?:https?\s*\.\s*)?Server\s*\(/
const listens = /\.\s*listen\s*\(/

/** Whether a file makes a server by the modules of Node alone and lets it listen. Its text is read, not run. */
function servesByItself(source: string): boolean {
  if (!asksForHttp.test(source)) return false
  const code = withoutComments(source)
  return asksForHttp.test(code) && makesServer.test(code) && listens.test(code)
}

const foreign = /\b(Bun|Deno)\s*\.\s*serve\s*\(/

/** The code of a server below a folder, as far as it is read: no tests, tools, or code for browsers. What is nearest to the top first. */
export function serverCode(reading: PackageReading, folder: string): string[] {
  let bytes = 0
  const inside = folder === '' ? '' : `${folder}/`
  return reading.files
    .filter(({ path }) => path.startsWith(inside) && scriptFile.test(path))
    .filter(({ path }) => !notServer.test(path) && mayBeEntry(path))
    .toSorted((one, other) => one.path.split('/').length - other.path.split('/').length)
    .slice(0, filesAtMost)
    .filter(({ size }) => (bytes += size) <= bytesAtMost)
    .map(({ path }) => path)
}

async function firstWhere<T>(
  reading: PackageReading,
  folder: string,
  look: (source: string, path: string) => T | null,
): Promise<T | null> {
  for (const path of serverCode(reading, folder)) {
    const source = await reading.readText(path)
    const found = source === null ? null : look(source, path)
    if (found !== null) return found
  }
  return null
}

/**
 * The file below a folder that serves HTTP by the modules of Node alone; null if there is none. Of several, the one that
 * `command` runs, else the one nearest to the top.
 */
export async function ownServerIn(
  reading: PackageReading,
  folder: string,
  command: string | null,
): Promise<string | null> {
  for (const name of command === null ? [] : scriptFilesOf(command)) {
    const path = posix.join(folder, name)
    if (servesByItself((await reading.readText(path)) ?? '')) return path
  }
  return firstWhere(reading, folder, (source, path) => (servesByItself(source) ? path : null))
}

/** Packages as only Deno imports them. */
const ofDeno = /^[ \t]{0,20}import\b[^\n]{0,500}["'](?:npm:|jsr:|https:\/\/deno\.land\/)/m

/** The file that serves by another runtime for JavaScript than Node, and the name of that; null if there is none. */
export const otherRuntimeIn = (
  reading: PackageReading,
): Promise<{ path: string; name: string; how: 'serves' | 'imports' } | null> =>
  firstWhere(reading, '', (source, path) => {
    const name = /\b(?:Bun|Deno)\b/.test(source) ? foreign.exec(withoutComments(source))?.[1] : undefined
    if (name !== undefined) return { path, name, how: 'serves' }
    return ofDeno.test(source) ? { path, name: 'Deno', how: 'imports' } : null
  })
