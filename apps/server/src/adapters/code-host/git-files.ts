import { streamCommand } from '../../lib/run-command.ts'
import { codeTooLarge, gitFailed } from './code-host.errors.ts'
import { gitCommand, type Repository } from './git-command.ts'

/**
 * The limits of a commit, as for an upload: the number of files, of files and folders together, the bytes of all files,
 * and the bytes and names of each path.
 */
export type CommitLimits = {
  files: number
  entries: number
  unpackedBytes: number
  pathBytes: number
  pathDepth: number
}

const line = /^\d+ (blob|tree|commit) [0-9a-f]+ +(\d+|-)\t([\s\S]+)$/
/** An upper bound for mode, kind, hash and size before a path, in bytes. */
const beforePathBytes = 200

/**
 * Splits bytes at each NUL, wherever the chunks are cut. Throws what `tooLong` makes if a record is longer than `most`
 * bytes. It never holds more than that and one chunk.
 */
async function* records(
  chunks: AsyncIterable<Buffer>,
  most: number,
  tooLong: () => Error,
): AsyncGenerator<string> {
  let held = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const all = Buffer.concat([held, chunk])
    let start = 0
    for (let end = all.indexOf(0); end >= 0; end = all.indexOf(0, start)) {
      if (end - start > most) throw tooLong()
      yield all.toString('utf8', start, end)
      start = end + 1
    }
    held = all.subarray(start)
    if (held.length > most) throw tooLong()
  }
}

const isTooLong = (path: string, { pathBytes, pathDepth }: CommitLimits) =>
  Buffer.byteLength(path) > pathBytes || path.split('/').length > pathDepth

/**
 * All files of a commit. A few small objects can contain any number of files and bytes, because one folder may be in
 * many places, and paths of any length. So git is ended as soon as there are too many files or a path is too long.
 * Throws `code_host.too_large`.
 */
export async function listFiles(
  repository: Repository,
  commit: string,
  limits: CommitLimits,
): Promise<{ path: string; size: number }[]> {
  const tooLarge = () =>
    codeTooLarge({
      limit_files: limits.files,
      limit_bytes: limits.unpackedBytes,
      limit_path_bytes: limits.pathBytes,
      limit_depth: limits.pathDepth,
    })
  const child = streamCommand(
    await gitCommand({ repository, args: ['ls-tree', '-r', '-t', '-z', '-l', '--full-tree', commit] }),
  )
  child.stdin.end()
  child.stderr.resume()
  const files: { path: string; size: number }[] = []
  let entries = 0
  let bytes = 0
  try {
    for await (const record of records(child.stdout, beforePathBytes + limits.pathBytes, tooLarge)) {
      const [, type, text, path = ''] = line.exec(record) ?? []
      const size = Number(text) || 0
      entries += 1
      bytes += size
      if (type === 'blob') files.push({ path, size })
      const isTooMuch =
        files.length > limits.files || entries > limits.entries || bytes > limits.unpackedBytes
      if (isTooMuch || isTooLong(path, limits)) throw tooLarge()
    }
    const { exitCode } = await child.closed
    if (exitCode !== 0) throw gitFailed({ command: 'ls-tree' })
    return files
  } finally {
    child.kill()
  }
}
