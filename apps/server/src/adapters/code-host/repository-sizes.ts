import { basename, join } from 'node:path'
import { runCommand } from '../../lib/run-command.ts'
import { gitFailed } from './code-host.errors.ts'
import { runAsOwner } from './git-command.ts'

/**
 * Removes the leftovers of pushes that were interrupted more than a day ago, and measures each repository. A push
 * receives its objects into a folder `tmp_objdir-…`, which stays if git is killed; no push takes a day.
 */
const script = `for one; do find "$one/objects" -maxdepth 1 -name 'tmp_objdir-*' -mmin +1440 -exec rm -rf {} +; done
exec du -skx -- "$@"`

/**
 * The bytes that repositories take on the disk, by their names without `.git`. They are measured by their owner's
 * account, so that root reads no folders that others have written. A repository that is removed in the meantime is left
 * out.
 */
export async function repositorySizes(
  folder: string,
  repositories: readonly string[],
): Promise<Map<string, number>> {
  const [first] = repositories
  if (first === undefined) return new Map()
  const result = await runCommand(
    {
      file: '/bin/sh',
      args: ['-c', script, 'sh', ...repositories.map((name) => join(folder, `${name}.git`))],
      cwd: '/',
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
      ...runAsOwner(join(folder, `${first}.git`)),
    },
    { keepLines: repositories.length },
  )
  const sizes = result.stdout.flatMap((line) => {
    const [, kib, path] = /^(\d+)\s+(\S.*)$/.exec(line) ?? []
    return path === undefined ? [] : [[basename(path, '.git'), Number(kib) * 1024] as const]
  })
  if (sizes.length === 0 && result.exitCode !== 0)
    throw gitFailed({ command: 'size' }, new Error(result.startError ?? result.stderr.join('\n')))
  return new Map(sizes)
}
