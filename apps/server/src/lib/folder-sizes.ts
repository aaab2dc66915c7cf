import { runCommand } from './run-command.ts'

const longestMs = 10 * 60_000

/** The bytes that folders take on their disk; or that they hold too many files to find out within ten minutes. */
export type FolderSize = number | 'too slow'

/**
 * The bytes that folders take on their disk together, without other file systems below them. A missing folder takes none.
 * Follows no link and only reads, so root may use it on what another account writes to: that account cannot hide a folder by
 * closing it to itself. As an ordinary user, what that user may not read is not counted. Rejects if `signal` ends it.
 */
export async function folderBytes(
  folders: readonly string[],
  { signal, timeoutMs = longestMs }: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<FolderSize> {
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
  const kib = result.stdout.map((line) => Number(/^\d+/.exec(line)?.[0] ?? 0))
  return kib.reduce((sum, size) => sum + size, 0) * 1024
}
