import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const skipped = new Set(['node_modules', 'dist', '__pycache__', 'tests', 'fixtures'])
const testFile = /\.test(-[a-z]+)?\.ts$/

/** @param {string} path @param {import('node:crypto').Hash} hash */
function addTree(path, hash) {
  const entry = statSync(path, { throwIfNoEntry: false })
  if (!entry) return
  if (entry.isFile()) {
    hash.update(path).update(readFileSync(path))
    return
  }
  const names = readdirSync(path).filter((name) => !skipped.has(name) && !testFile.test(name))
  for (const name of names.sort()) addTree(join(path, name), hash)
}

/**
 * Returns a hash of the contents of these files and folders.
 * @param {readonly string[]} paths @param {string} extra
 */
export function contentHash(paths, extra = '') {
  const hash = createHash('sha256').update(extra)
  for (const path of paths) addTree(path, hash)
  return hash.digest('hex')
}

/** @param {string} file @param {string} value */
function writeStamp(file, value) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, value)
}

/**
 * Builds if `stamp` differs from that of the last build, which is in `file`. Rejects as `build` does. Then the next
 * call builds again with any stamp, because a failed build may have removed files of an earlier one.
 * @param {{ file: string, stamp: string, build: () => void | Promise<void> }} input
 */
export async function buildIfChanged({ file, stamp, build }) {
  const last = statSync(file, { throwIfNoEntry: false }) ? readFileSync(file, 'utf8') : ''
  if (last === stamp) return
  writeStamp(file, '')
  await build()
  writeStamp(file, stamp)
}
