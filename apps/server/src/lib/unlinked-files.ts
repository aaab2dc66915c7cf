import { stat } from 'node:fs/promises'
import { runCommand } from './run-command.ts'

/** The longest look, in milliseconds. */
const longestMs = 60_000

/**
 * Adds up the files without a name that groups of processes hold, by their descriptors or as memory. Its arguments are
 * `<group>:<pid>`. Each file counts once for a group: another of its processes may have the same one. Of a process whose main
 * thread has ended, the others are asked. What has ended meanwhile, or may not be read, is left out.
 */
const script = `set -f; device=$1; shift
members=$(for one; do
  if [ -e "/proc/\${one#*:}/exe" ]; then echo "$one"
  else for thread in $(ls "/proc/\${one#*:}/task" 2>/dev/null); do echo "\${one%%:*}:$thread"; done
  fi
done)
{ for one in $members; do echo "of $one"; done
  for one in $members; do echo "/proc/\${one#*:}/fd"; echo "/proc/\${one#*:}/map_files"; done |
    xargs sh -c 'find -L "$@" -maxdepth 1 -type f -links 0 -printf "%H %D %i %b\\n"' sh 2>/dev/null
} | awk -v device="$device" '
    $1 == "of" { split($2, of, ":"); group["/proc/" of[2] "/fd"] = group["/proc/" of[2] "/map_files"] = of[1]; next }
    $2 == device { print group[$1], $3, $4 }' |
  sort -u | awk '{ blocks[$1] += $3 } END { for (one in blocks) printf "%d %.0f\\n", one, blocks[one] }'`
const blockBytes = 512

/**
 * The bytes of deleted files that each group of processes still holds, on the file system of a folder, in the order of the
 * groups: they take room on the disk that no folder shows. A process of its own looks, and not this one, because hostile
 * code can hold very many. Rejects if `signal` ends it.
 */
export async function unlinkedBytes(
  groups: readonly (readonly number[])[],
  folder: string,
  { signal, timeoutMs = longestMs }: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<number[] | 'too slow'> {
  const members = groups.flatMap((pids, group) => pids.map((pid) => `${group}:${pid}`))
  if (members.length === 0) return groups.map(() => 0)
  const { dev } = await stat(folder)
  const { stdout, ended, startError, exitCode, stderr } = await runCommand(
    {
      file: '/bin/sh',
      args: ['-c', script, 'sh', String(dev), ...members],
      cwd: '/',
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
    },
    { timeoutMs: Math.min(timeoutMs, longestMs), ...(signal && { signal }) },
  )
  if (ended === 'timeout') return 'too slow'
  const lines = stdout.map((line) => line.split(' ').map(Number))
  if (startError !== null || ended !== null || exitCode !== 0 || !lines.flat().every(Number.isSafeInteger))
    throw new Error(`unlinked files: ${startError ?? ended ?? stderr.join('\n')}`)
  const held = new Map(lines.map(([group, blocks = 0]) => [group, blocks * blockBytes]))
  return groups.map((_pids, group) => held.get(group) ?? 0)
}
