import { isAway } from '../../adapters/database/database.ts'
import { waitFor } from '../../lib/wait-for.ts'

/** A server that was killed is back within seconds. */
const databaseWaitMs = 60_000

/**
 * Writes to the database. Where it is away, tries again for a minute: a run whose end is not written would count as running for ever. Rejects
 * with what went wrong last.
 */
export async function whenDatabaseIsThere(write: () => Promise<unknown>): Promise<void> {
  let problem: unknown
  const attempt = () =>
    write().then(
      () => true,
      (error: unknown) => {
        if (!isAway(error)) throw error
        problem = error
        return false
      },
    )
  const written = await waitFor(attempt, { timeoutMs: databaseWaitMs, everyMs: 100, slowingToMs: 2_000 })
  if (!written) throw problem
}
