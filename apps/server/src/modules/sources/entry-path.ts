import type { UploadLimits } from './upload-limits.ts'
import { pathEscapes, pathInvalid, pathTooLong } from './sources.errors.ts'

const partBytes = 255
// Control characters of both ranges, and the replacement character for bytes that could not be decoded.
const unreadable = /[\p{Cc}\ufffd]/u
const droppedParts = new Set([
  '.git',
  '.hg',
  '.svn',
  '__pycache__',
  '.pytest_cache',
  '.mypy_cache',
  '.ruff_cache',
  '.cache',
  '.tox',
  '.nox',
  '.ipynb_checkpoints',
  'node_modules',
  'venv',
  '.venv',
  '.ds_store',
  'thumbs.db',
  '__macosx',
])

/**
 * The parts of a relative path from an untrusted name. Backslashes count as separators; `.` and empty parts
 * are dropped. Throws `upload.path_escapes`, `upload.path_invalid` or `upload.path_too_long`.
 */
export function parseEntryPath(name: string, limits: UploadLimits): string[] {
  if (unreadable.test(name)) throw pathInvalid({ entry: name })
  const normal = name.replaceAll('\\', '/')
  const parts = normal.split('/').filter((part) => part !== '' && part !== '.')
  const first = parts[0]
  if (normal.startsWith('/') || parts.includes('..') || (first && /^[A-Za-z]:/.test(first)))
    throw pathEscapes({ entry: name })
  if (
    parts.length > limits.pathDepth ||
    parts.some((part) => Buffer.byteLength(part) > partBytes) ||
    Buffer.byteLength(parts.join('/')) > limits.pathBytes
  )
    throw pathTooLong({ entry: name, limit_bytes: limits.pathBytes, limit_depth: limits.pathDepth })
  return parts
}

/**
 * If a path is left out (a cache, an environment, version control or files of a desktop), the part of the
 * path that decides this. Null for a path that is kept.
 */
export function droppedBy(parts: readonly string[]): string | null {
  const at = parts.findIndex(
    (part) => droppedParts.has(part.toLowerCase()) || part.startsWith('._') || part.endsWith('.pyc'),
  )
  return at < 0 ? null : parts.slice(0, at + 1).join('/')
}

/** Characters that macOS ignores in a file name, and with it git, which guards every machine. */
const ignoredOnHfs = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu
/**
 * Names that are `.git` on Windows: its short name, and either of them with spaces, dots or a stream at the end.
 */
const gitOnWindows = /^(?:\.git|git~1)(?:[ .]*$|[ .]*:)/i

/**
 * The first part of a path that is `.git` on some machine. git keeps no such path, because a clone there would
 * replace the repository's own folder. A plain `.git` folder is left out before ({@link droppedBy}).
 */
export const gitFolderIn = (parts: readonly string[]): string | null =>
  parts.find((part) => gitOnWindows.test(part.replaceAll(ignoredOnHfs, ''))) ?? null
