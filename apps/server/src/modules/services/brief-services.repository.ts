import { eq, isNotNull, or } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { algorithmServices } from './services.tables.ts'

const { id, desired, asleep, currentRelease, idleMinutes } = algorithmServices
const { mode, replicas, limits, options, unhealthyProbes, configRevision } = algorithmServices

/** What a service is to run. */
export type DesiredService = Pick<
  typeof algorithmServices.$inferSelect,
  | 'id'
  | 'desired'
  | 'asleep'
  | 'mode'
  | 'replicas'
  | 'limits'
  | 'options'
  | 'unhealthyProbes'
  | 'configRevision'
>

/** What decides whether a service sleeps. */
export type SleepingService = Pick<
  typeof algorithmServices.$inferSelect,
  'id' | 'desired' | 'asleep' | 'idleMinutes' | 'currentRelease'
>

/**
 * What the platform asks about all services every few seconds, with no more columns and rows than it needs: each row of
 * thousands costs the control plane time in which it answers nobody.
 */
export const briefServiceQueries = ({ db }: { db: Database }) => ({
  /** What each service is to run. */
  desired: (): Promise<DesiredService[]> =>
    db
      .select({ id, desired, asleep, mode, replicas, limits, options, unhealthyProbes, configRevision })
      .from(algorithmServices),
  /** The services that may sleep, and those that are asleep. */
  sleeping: (): Promise<SleepingService[]> =>
    db
      .select({ id, desired, asleep, idleMinutes, currentRelease })
      .from(algorithmServices)
      .where(or(isNotNull(idleMinutes), eq(asleep, true))),
  /** The ids of all services. */
  ids: async (): Promise<string[]> => {
    const rows = await db.select({ id }).from(algorithmServices)
    return rows.map((row) => row.id)
  },
})
