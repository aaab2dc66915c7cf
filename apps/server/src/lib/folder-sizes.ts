import { runCommand } from './run-command.ts'

const longestMs = 10 * 60_000

/** The bytes that folders take on their disk; or that they hold too many files to find out within ten minutes. */
export type FolderSize = number | 'too slow'

type Options = { signal?: AbortSignal; timeoutMs?: number }

/**
 * The bytes that each of these folders takes on its disk, without other file systems below it. A missing folder is left out.
 * A file with names in two of them counts for the first one. Follows no link and only reads, so root may use it on what
 * another account writes to: that account cannot hide a folder by closing it to itself. As an ordinary user, what that user
 * may not read is not counted. Rejects if `signal` ends it.
 */
export async function folderSizes(
  folders: readonly string[],
  { signal, timeoutMs = longestMs }: Options = {},
): Promise<ReadonlyMap<string, number> | 'too slow'> {
  const result = await runCommand(
    {
      file: 'du',
      args: ['-skx', '--', ...folders],
      cwd: '/',
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
    },
    { timeoutMs, ...(signal && { signal }) },
  )
  if (result.ended === 'timeout') return 'too slow'
  if (result.startError !== null || result.ended !== null)
    throw new Error(`du ${folders.join(' ')}: ${result.startError ?? result.ended ?? ''}`)
  const found = result.stdout.map((line) => /^(\d+)\t(.*)$/.exec(line))
  return new Map(found.flatMap((parts) => (parts?.[2] ? [[parts[2], Number(parts[1]) * 1024]] : [])))
}

/** The bytes that folders take together, as `folderSizes` finds them. */
export async function folderBytes(folders: readonly string[], options: Options = {}): Promise<FolderSize> {
  const sizes = await folderSizes(folders, options)
  return sizes === 'too slow' ? sizes : [...sizes.values()].reduce((sum, size) => sum + size, 0)
}
