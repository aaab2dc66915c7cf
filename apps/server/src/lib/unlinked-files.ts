import { stat } from 'node:fs/promises'
import type { FolderSize } from './folder-sizes.ts'
import { runCommand } from './run-command.ts'

const longestMs = 60_000

/**
 * Lists the files without a name that processes hold, by their descriptors or as memory, each once: another one may have
 * the same file. What has ended meanwhile, or may not be read, is left out.
 */
const script = `device=$1; shift
for pid; do echo "/proc/$pid/fd"; echo "/proc/$pid/map_files"; done |
  xargs sh -c 'find -L "$@" -maxdepth 1 -type f -links 0 -printf "%D %i %b\\n"' sh 2>/dev/null |
  sort -u | awk -v device="$device" '$1 == device { blocks += $3 } END { printf "%.0f\\n", blocks }'`
const blockBytes = 512

/**
 * The bytes of deleted files that processes still hold, on the file system of a folder: they take room on the disk that no
 * folder shows. A process of its own looks, and not this one, because hostile code can hold very many.
 * Rejects if `signal` ends it.
 */
export async function unlinkedBytes(
  pids: readonly number[],
  folder: string,
  { signal, timeoutMs = longestMs }: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<FolderSize> {
  if (pids.length === 0) return 0
  const { dev } = await stat(folder)
  const { stdout, ended, startError, exitCode, stderr } = await runCommand(
    {
      file: '/bin/sh',
      args: ['-c', script, 'sh', String(dev), ...pids.map(String)],
      cwd: '/',
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
    },
    { timeoutMs, ...(signal && { signal }) },
  )
  if (ended === 'timeout') return 'too slow'
  const blocks = Number(stdout[0])
  if (startError !== null || ended !== null || exitCode !== 0 || !Number.isSafeInteger(blocks))
    throw new Error(`unlinked files: ${startError ?? ended ?? stderr.join('\n')}`)
  return blocks * blockBytes
}
