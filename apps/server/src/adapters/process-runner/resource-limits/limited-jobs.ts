import type { ResourceLimits } from '@vitrine/contract'
import type { Command } from '../../../lib/run-command.ts'
import { dropRoot, type Limiter } from './resource-limits.ts'

/** Runs jobs that are not instances, such as the build of an environment, each within the same limits. */
export type LimitedJobs = {
  /**
   * Runs `work`, which gets a function that returns a command with the limits of the job. All commands of one job
   * together have these limits. Everything that they started must have ended when `work` does.
   */
  within<T>(id: string, work: (limit: (command: Command) => Promise<Command>) => Promise<T>): Promise<T>
  /** Removes what no job needs any more. No job may begin afterwards. */
  close(): Promise<void>
}

/** Returns the command that runs these lines as the platform's own account, and then the command as its own. */
function after(lines: readonly string[], { runAs, file, args, ...command }: Command): Command {
  const own = [file, ...args]
  const inner = runAs ? dropRoot(runAs, own) : own
  return { ...command, file: '/bin/sh', args: ['-c', [...lines, 'exec "$@"'].join('\n'), 'sh', ...inner] }
}

/** Creates what runs jobs within these limits. Where the machine has no cgroups, only open files are limited. */
export function limitedJobs(limiter: Limiter, limits: ResourceLimits): LimitedJobs {
  return {
    async within(id, work) {
      try {
        return await work(async (command) => {
          const lines = await limiter.commands({ id, limits })
          return lines.length === 0 ? command : after(lines, command)
        })
      } finally {
        await limiter.forget(id)
      }
    },
    close: () => limiter.dispose(),
  }
}
