import { bounds } from '@vitrine/contract'
import { z } from 'zod'

const whole = (most: number) => z.coerce.number().int().min(1).max(most)

/**
 * The table of what one person may take, as settings of the platform with their defaults. Administrators may
 * take {@link administratorFactor} times as much.
 */
export const quotaSettings = {
  /** Runs of one person that wait or run. */
  VITRINE_QUOTA_RUNS: whole(10_000).default(20),
  /** Stored runs of one person with their inputs, results, logs and files, MiB. */
  VITRINE_QUOTA_RESULTS_MB: whole(1_000_000_000).default(2_048),
  /** Deploys of one person at once. Others have places beside them. */
  VITRINE_QUOTA_BUILDS: whole(100).default(4),
  /** Event streams that one person has open. */
  VITRINE_QUOTA_STREAMS: whole(10_000).default(60),
  /** Uploads of one person that have not arrived or are not used yet. */
  VITRINE_QUOTA_UPLOADS: whole(10_000).default(20),
  /** Media of one person with what their uploads have announced, GiB. */
  VITRINE_QUOTA_STORAGE_GB: whole(1_000_000).default(50),
  /** The most memory of an instance, MiB. Without it, three quarters of the machine's. */
  VITRINE_CEILING_MEMORY_MB: z.coerce
    .number()
    .int()
    .min(bounds.memoryMb.min)
    .max(bounds.memoryMb.max)
    .optional(),
  /** The most processor of an instance, cores. Without it, all. */
  VITRINE_CEILING_CPU: z.coerce.number().min(bounds.cpuCores.min).max(bounds.cpuCores.max).optional(),
  /** The most processes and threads of an instance. */
  VITRINE_CEILING_PROCESSES: whole(bounds.processes.max).default(4_096),
  /** The most files that a process of an instance may hold open. */
  VITRINE_CEILING_OPEN_FILES: z.coerce
    .number()
    .int()
    .min(bounds.openFiles.min)
    .max(bounds.openFiles.max)
    .default(65_536),
}

/** How much more administrators may take. They are bound too: a script of theirs can fail like anybody's. */
export const administratorFactor = 5
