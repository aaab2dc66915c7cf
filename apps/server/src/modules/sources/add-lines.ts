import { lstat, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Addition } from '@vitrine/contract'
import { fieldRefusal } from '../../lib/invalid-request.errors.ts'
import { withoutComment } from '../../lib/without-comment.ts'
import { decodeText } from './decode-text.ts'
import { droppedBy, gitFolderIn, parseEntryPath } from './entry-path.ts'
import type { UploadLimits } from './upload-limits.ts'

/** Lines are only added to files of at most this size, in bytes. */
const fileAtMost = 1024 ** 2

type Change = Pick<Addition, 'lines' | 'replaces'>

/**
 * The text of a file with these lines, in the way in which the file ends its lines: in place of those that they replace,
 * else at its end. Pure.
 */
function withLines(text: string, { lines, replaces }: Change): string {
  const end = text.includes('\r\n') ? '\r\n' : '\n'
  const before = text.split(/\r?\n/)
  const replaced = replaces?.trim()
  const isReplaced = (line: string) => replaced !== undefined && withoutComment(line).trim() === replaced
  const first = before.findIndex(isReplaced)
  if (first >= 0)
    return before.flatMap((line, at) => (at === first ? lines : isReplaced(line) ? [] : [line])).join(end)
  const there = new Set(before.map((line) => line.trim()))
  const missing = lines.filter((line) => !there.has(line.trim()))
  const whole = text === '' || text.endsWith('\n') || missing.length === 0 ? text : `${text}${end}`
  return whole + missing.map((line) => `${line}${end}`).join('')
}

async function addTo(file: string, change: Change): Promise<boolean> {
  const known = await lstat(file).catch(() => null)
  if (known === null) {
    const folder = await lstat(dirname(file)).catch(() => null)
    if (folder?.isDirectory() !== true) return false
    await writeFile(file, withLines('', change), { flag: 'wx' })
    return true
  }
  if (!known.isFile() || known.size > fileAtMost) return false
  const { text, encode } = decodeText(await readFile(file))
  await writeFile(file, encode(withLines(text, change)))
  return true
}

/**
 * Adds lines to files of a received package, which has no links. A file that does not exist is made in a folder that
 * does. Throws `request.invalid`, and `upload.…` for a path that no package may have.
 */
export async function addLines(
  folder: string,
  additions: readonly Addition[],
  limits: UploadLimits,
): Promise<void> {
  for (const [index, { path, ...change }] of additions.entries()) {
    const parts = parseEntryPath(path, limits)
    const isKept = parts.length > 0 && droppedBy(parts) === null && gitFolderIn(parts) === null
    if (!isKept || !(await addTo(join(folder, ...parts), change)))
      throw fieldRefusal(`additions[${index}].path`, 'field.invalid')
  }
}
