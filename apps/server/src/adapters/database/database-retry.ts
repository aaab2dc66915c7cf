import { waitFor } from '../../lib/wait-for.ts'
import { isUnreachable } from './database.ts'

/** How long to try, in milliseconds. A database server that was killed is usually back within seconds. */
const databaseWaitMs = 60_000

/**
 * Writes to the database, and tries again for a minute while it is unreachable. For what would otherwise fail with a database that
 * is away for a moment. Rejects with the last error.
 */
export async function retryUntilReachable(write: () => Promise<unknown>): Promise<void> {
  let problem: unknown
  const attempt = () =>
    write().then(
      () => true,
      (error: unknown) => {
        if (!isUnreachable(error)) throw error
        problem = error
        return false
      },
    )
  const written = await waitFor(attempt, { timeoutMs: databaseWaitMs, everyMs: 100, slowingToMs: 2_000 })
  if (!written) throw problem
}
