import { count } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { ports } from '../ports/ports.tables.ts'
import { tasks } from '../tasks/tasks.tables.ts'

/** Counts for Prometheus. */
export type MetricsRepository = ReturnType<typeof createMetricsRepository>

export function createMetricsRepository({ db }: { db: Database }) {
  return {
    /** The number of tasks in each state since the beginning. */
    taskCounts: () => db.select({ state: tasks.state, count: count() }).from(tasks).groupBy(tasks.state),
    /** Ports in the ledger. */
    portCounts: () =>
      db
        .select({ kind: ports.kind, state: ports.state, count: count() })
        .from(ports)
        .groupBy(ports.kind, ports.state),
  }
}
