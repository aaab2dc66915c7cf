/** How long a commit that was found counts as there, in ms. Git forgets one only days after nothing leads to it. */
const keptMs = 60_000
const mostKept = 10_000

/**
 * Remembers which commits repositories have. Every look at code begins with the question whether there is such a commit, and each
 * question to git starts a process, in a sandbox of its own.
 */
export function createKnownCommits(now: () => number = () => performance.now()) {
  const foundAt = new Map<string, number>()
  const bytesOf = new Map<string, { bytes: number; at: number }>()
  const keyOf = (repository: string, commit: string) => `${repository} ${commit}`
  const isKept = (at: number | undefined) => at !== undefined && now() - at < keptMs
  return {
    has: (repository: string, commit: string): boolean => isKept(foundAt.get(keyOf(repository, commit))),
    add(repository: string, commit: string): void {
      if (foundAt.size >= mostKept) foundAt.clear()
      foundAt.set(keyOf(repository, commit), now())
    },
    /** The bytes of all files of a tree that was listed and is within the limits; undefined if that is not known. */
    bytes(repository: string, tree: string): number | undefined {
      const known = bytesOf.get(keyOf(repository, tree))
      return isKept(known?.at) ? known?.bytes : undefined
    },
    addBytes(repository: string, tree: string, bytes: number): void {
      if (bytesOf.size >= mostKept) bytesOf.clear()
      bytesOf.set(keyOf(repository, tree), { bytes, at: now() })
    },
    /** Forgets the commits of a repository that is deleted: another one may get its name. */
    forget(repository: string): void {
      for (const known of [foundAt, bytesOf])
        for (const key of known.keys()) if (key.startsWith(`${repository} `)) known.delete(key)
    },
  }
}
