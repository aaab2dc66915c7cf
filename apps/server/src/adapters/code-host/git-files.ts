import { streamCommand } from '../../lib/run-command.ts'
import { codeTooLarge, gitFailed } from './code-host.errors.ts'
import { gitCommand } from './git-command.ts'

/** What a commit may hold, as for an upload: files, files with folders, and the bytes of all files. */
export type CommitLimits = { files: number; entries: number; unpackedBytes: number }

const line = /^\d+ (blob|tree) [0-9a-f]+ +(\d+|-)\t([\s\S]+)$/

/** Splits bytes at each NUL, wherever the chunks are cut. */
async function* records(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let held = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const all = Buffer.concat([held, chunk])
    let start = 0
    for (let end = all.indexOf(0); end >= 0; end = all.indexOf(0, start)) {
      yield all.toString('utf8', start, end)
      start = end + 1
    }
    held = all.subarray(start)
  }
}

/**
 * All files of a commit. A few small objects can stand for any number of files and bytes, because one folder may be in many
 * places; so git is ended as soon as there are too many. Throws `code_host.too_large`.
 */
export async function listFiles(
  repository: string,
  commit: string,
  limits: CommitLimits,
): Promise<{ path: string; size: number }[]> {
  const child = streamCommand(
    gitCommand({ repository, args: ['ls-tree', '-r', '-t', '-z', '-l', '--full-tree', commit] }),
  )
  child.stdin.end()
  child.stderr.resume()
  const files: { path: string; size: number }[] = []
  let entries = 0
  let bytes = 0
  try {
    for await (const record of records(child.stdout)) {
      const [, type, text, path] = line.exec(record) ?? []
      const size = Number(text) || 0
      entries += 1
      bytes += size
      if (type === 'blob' && path !== undefined) files.push({ path, size })
      if (files.length > limits.files || entries > limits.entries || bytes > limits.unpackedBytes)
        throw codeTooLarge({ limit_files: limits.files, limit_bytes: limits.unpackedBytes })
    }
    const { exitCode } = await child.closed
    if (exitCode !== 0) throw gitFailed({ command: 'ls-tree' })
    return files
  } finally {
    child.kill()
  }
}
