import { bounds } from '@vitrine/contract'
import { z } from 'zod'
import { whole } from '../../lib/setting-forms.ts'
import { inBoth } from '../../lib/words.ts'
import table from './quotas.settings.json' with { type: 'json' }

type Bounded = { min: number; max: number }
const usually = (rule: Bounded & { default: number }) => whole(rule).default(rule.default)

const wantedCores = inBoth(
  `应为 ${bounds.cpuCores.min}–${bounds.cpuCores.max} 之间的数`,
  `expected a number, ${bounds.cpuCores.min}–${bounds.cpuCores.max}`,
)

/**
 * The table of what one person may take, as settings of the platform. Administrators may take {@link administratorFactor}
 * times as much. The whole numbers with their defaults are in `quotas.settings.json`, which `scripts/lib/settings.mjs` reads
 * as well.
 */
const personal = {
  /** Runs of one person that wait or run. */
  VITRINE_QUOTA_RUNS: usually(table.VITRINE_QUOTA_RUNS),
  /** Stored runs of one person with their inputs, results, logs and files, MiB. */
  VITRINE_QUOTA_RESULTS_MB: usually(table.VITRINE_QUOTA_RESULTS_MB),
  /** Deploys of one person at once. Others have places beside them. */
  VITRINE_QUOTA_BUILDS: usually(table.VITRINE_QUOTA_BUILDS),
  /** Event streams that one person has open. */
  VITRINE_QUOTA_STREAMS: usually(table.VITRINE_QUOTA_STREAMS),
  /** Uploads of one person that have not arrived or are not used yet. */
  VITRINE_QUOTA_UPLOADS: usually(table.VITRINE_QUOTA_UPLOADS),
  /** Algorithms of one person. */
  VITRINE_QUOTA_ALGORITHMS: usually(table.VITRINE_QUOTA_ALGORITHMS),
  /** Repositories of one person with all versions, GiB. */
  VITRINE_QUOTA_CODE_GB: usually(table.VITRINE_QUOTA_CODE_GB),
  /** Services of one person, also those that do not run. */
  VITRINE_QUOTA_SERVICES: usually(table.VITRINE_QUOTA_SERVICES),
  /** API keys of one person. Every change of a key sends all keys to the gateway. */
  VITRINE_QUOTA_API_KEYS: usually(table.VITRINE_QUOTA_API_KEYS),
  /** Share links of one person that were not revoked. */
  VITRINE_QUOTA_SHARES: usually(table.VITRINE_QUOTA_SHARES),
  /** Invitations of one person that nobody has used, also those that have expired. */
  VITRINE_QUOTA_INVITES: usually(table.VITRINE_QUOTA_INVITES),
  /** Comparisons of one person. */
  VITRINE_QUOTA_COMPARISONS: usually(table.VITRINE_QUOTA_COMPARISONS),
  /** Media and model files of one person with what their uploads have announced, GiB. */
  VITRINE_QUOTA_STORAGE_GB: usually(table.VITRINE_QUOTA_STORAGE_GB),
}

/** The part of these settings that bounds one person. */
export const personalQuotas = z.object(personal)

/** All settings of quotas: of one person, and the ceilings of one instance. */
export const quotaSettings = {
  ...personal,
  /** The most memory of an instance, MiB. Without it, three quarters of the machine's. */
  VITRINE_CEILING_MEMORY_MB: whole(table.VITRINE_CEILING_MEMORY_MB).optional(),
  /** The most processor of an instance, cores. Without it, all. */
  VITRINE_CEILING_CPU: z.coerce
    .number(wantedCores)
    .min(bounds.cpuCores.min, wantedCores)
    .max(bounds.cpuCores.max, wantedCores)
    .optional(),
  /** The most that the work folder and the media of a service may take, MiB. */
  VITRINE_CEILING_DISK_MB: usually(table.VITRINE_CEILING_DISK_MB),
  /** The most that the build of an environment may take, MiB. */
  VITRINE_CEILING_BUILD_DISK_MB: usually(table.VITRINE_CEILING_BUILD_DISK_MB),
  /** The most processes and threads of an instance. */
  VITRINE_CEILING_PROCESSES: usually(table.VITRINE_CEILING_PROCESSES),
  /** The most files that a process of an instance may hold open. */
  VITRINE_CEILING_OPEN_FILES: usually(table.VITRINE_CEILING_OPEN_FILES),
  /** The most graphics processors of an instance in a container. Without it, as many as it asks for. */
  VITRINE_CEILING_GPUS: whole(table.VITRINE_CEILING_GPUS).optional(),
}

/** How much more administrators may take. They are bound too: a script of theirs can fail like anybody's. */
export const administratorFactor = 5
