/** How long a commit that was found counts as there, in ms. Git forgets one only days after nothing leads to it. */
const keptMs = 60_000
const mostKept = 10_000

/**
 * Remembers which commits repositories have. Every look at code begins with the question whether there is such a commit, and each
 * question to git starts a process, in a sandbox of its own.
 */
export function createKnownCommits(now: () => number = () => performance.now()) {
  const foundAt = new Map<string, number>()
  const keyOf = (repository: string, commit: string) => `${repository} ${commit}`
  return {
    has(repository: string, commit: string): boolean {
      const at = foundAt.get(keyOf(repository, commit))
      return at !== undefined && now() - at < keptMs
    },
    add(repository: string, commit: string): void {
      if (foundAt.size >= mostKept) foundAt.clear()
      foundAt.set(keyOf(repository, commit), now())
    },
    /** Forgets the commits of a repository that is deleted: another one may get its name. */
    forget(repository: string): void {
      for (const key of foundAt.keys()) if (key.startsWith(`${repository} `)) foundAt.delete(key)
    },
  }
}
