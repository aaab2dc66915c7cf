import type { ResourceLimits } from '@vitrine/contract'
import type { Command } from '../../../lib/run-command.ts'
import { dropRoot, resourceLimits, type Limiter } from './resource-limits.ts'

/** How the memory of a job is limited. */
export type JobMemory = {
  /** The limit, megabytes; null if there is none. */
  limitMb: number | null
  /** Where no group holds the memory, a program is refused more than its limit, and says so itself. */
  isRefused: boolean
  /** How many processes of the job the kernel has killed because of the limit so far. */
  kills: () => Promise<number>
}

/** Runs jobs that are not instances, such as the build of an environment, each within the same limits. */
export type LimitedJobs = {
  /**
   * Runs `work`, which gets a function that returns a command with the limits of the job. All commands of one job
   * together have these limits. Everything that they started must have ended when `work` does.
   */
  within<T>(
    id: string,
    work: (limit: (command: Command) => Promise<Command>, memory: JobMemory) => Promise<T>,
  ): Promise<T>
  /** Removes what no job needs any more. No job may begin afterwards. */
  close(): Promise<void>
}

/** Returns the command that runs these lines as the platform's own account, and then the command as its own. */
function after(lines: readonly string[], { runAs, file, args, ...command }: Command): Command {
  const own = [file, ...args]
  const inner = runAs ? dropRoot(runAs, own) : own
  return { ...command, file: '/bin/sh', args: ['-c', [...lines, 'exec "$@"'].join('\n'), 'sh', ...inner] }
}

/**
 * Creates what runs jobs within these limits. Where the machine has no cgroups, only open files are limited, and with
 * `reservedMb` the addresses of each process: to as many megabytes more than its memory may be. That is for programs that
 * use most of what they reserve.
 */
export function limitedJobs(
  limiter: Limiter,
  limits: ResourceLimits,
  { reservedMb }: { reservedMb?: number } = {},
): LimitedJobs {
  const unheldMb = () => (reservedMb === undefined ? undefined : limiter.unheld(limits).memory_mb)
  /** A lower limit that the account has already stays. */
  const addressLines = (): string[] => {
    const memoryMb = unheldMb()
    return memoryMb === undefined || reservedMb === undefined
      ? []
      : [`ulimit -v ${(memoryMb + reservedMb) * 1024} 2>/dev/null || :`]
  }
  return {
    async within(id, work) {
      const memory: JobMemory = {
        limitMb: limits.memory_mb ?? null,
        isRefused: unheldMb() !== undefined,
        kills: () => limiter.memoryKills(id),
      }
      try {
        return await work(async (command) => {
          const lines = [...(await limiter.commands({ id, limits })), ...addressLines()]
          return lines.length === 0 ? command : after(lines, command)
        }, memory)
      } finally {
        await limiter.forget(id)
      }
    },
    close: () => limiter.dispose(),
  }
}

/** {@link limitedJobs} with a limiter of its own, whose groups are made from `owner` and remembered in `stateFile`. */
export async function openLimitedJobs(
  place: { owner: string; stateFile: string },
  limits: ResourceLimits,
  more: { reservedMb?: number } = {},
): Promise<LimitedJobs> {
  const limiter = resourceLimits(place)
  // Nothing of an earlier control plane's jobs is kept.
  await limiter.open(new Set())
  return limitedJobs(limiter, limits, more)
}
