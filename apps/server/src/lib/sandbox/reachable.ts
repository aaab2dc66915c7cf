import { pathExists } from '../path-exists.ts'
import { closedFolderAbove, type Account } from '../system-user.ts'

/**
 * Returns those of these paths that exist and that an account can reach; null for the platform's own account.
 * bubblewrap refuses to start with a path that the account cannot reach.
 */
export async function reachablePaths(paths: readonly string[], account: Account | null): Promise<string[]> {
  const reachable = await Promise.all(
    paths.map(
      async (path) =>
        (await pathExists(path)) && (!account || (await closedFolderAbove(path, account)) === null),
    ),
  )
  return paths.filter((_, index) => reachable[index])
}
