import { posix } from 'node:path'
import { withoutComments } from '../node-package/javascript-source.ts'
import type { PackageReading } from '../package-reading.ts'
import { serverCode } from './own-server.ts'

/** The most folders that are made ready. */
const foldersAtMost = 10

/** A path as text that begins where the program runs: `'uploads'`, `"./data/out/"`. */
const here = String.raw`["'\`](?:\.\/)?([\w-]+(?:\/[\w-]+)*)\/?["'\`]`
/** A call that makes a folder: `fs.mkdirSync('logs')`, `mkdir(path.join(process.cwd(), 'logs'))`. */
const makes = new RegExp(
  String.raw`\bmkdir(?:Sync|p|pSync)?\(\s*(?:(?:path\s*\.\s*)?(?:join|resolve)\(\s*(?:process\s*\.\s*cwd\(\)\s*,\s*)?)?${here}`,
  'g',
)
/** Where multer, which also takes the uploads of Nest, and formidable put files: they make the folder, or expect it. */
const receives = new RegExp(
  String.raw`\b(?:dest|destination|uploadDir)\s*:\s*${here}|\b(?:cb|callback|done|next)\(\s*null\s*,\s*${here}`,
  'g',
)
const receiver = /\bmulter\b|\bformidable\b|FileInterceptor|FilesInterceptor|MulterModule/i

/** The folders that a Node server makes where it runs, or puts uploads into, and that the package does not have. */
export async function madeFolders(reading: PackageReading, folder: string): Promise<string[]> {
  const made = new Set<string>()
  for (const path of serverCode(reading, folder)) {
    const source = (await reading.readText(path)) ?? ''
    const takes = receiver.test(source)
    if (!takes && !source.includes('mkdir')) continue
    const code = withoutComments(source)
    const found = [...code.matchAll(makes), ...(takes ? code.matchAll(receives) : [])]
    for (const [, one, other] of found) made.add(posix.join(folder, one ?? other ?? ''))
  }
  const isThere = (path: string) => reading.files.some((file) => file.path.startsWith(`${path}/`))
  // A folder in another one of them comes with that one.
  const isOutermost = (path: string) => ![...made].some((other) => path.startsWith(`${other}/`))
  return [...made].filter((path) => isOutermost(path) && !isThere(path)).slice(0, foldersAtMost)
}
