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
}

/** How much more administrators may take. They are bound too: a script of theirs can fail like anybody's. */
export const administratorFactor = 5
