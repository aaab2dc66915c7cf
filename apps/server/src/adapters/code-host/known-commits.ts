/**
 * How long a found commit is assumed to exist, in milliseconds. Git removes a commit only days after the last ref to it
 * is gone.
 */
const keptMs = 60_000
const mostKept = 10_000

/**
 * Remembers which commits repositories have. Every access to code first checks whether the commit exists, and each
 * question to git starts a process in its own sandbox.
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
    /**
     * The total bytes of the files of a tree that was listed and is within the limits. Undefined if that is not known.
     */
    bytes(repository: string, tree: string): number | undefined {
      const known = bytesOf.get(keyOf(repository, tree))
      return isKept(known?.at) ? known?.bytes : undefined
    },
    addBytes(repository: string, tree: string, bytes: number): void {
      if (bytesOf.size >= mostKept) bytesOf.clear()
      bytesOf.set(keyOf(repository, tree), { bytes, at: now() })
    },
    /** Forgets the commits of a deleted repository, because another one may get its name. */
    forget(repository: string): void {
      for (const known of [foundAt, bytesOf])
        for (const key of known.keys()) if (key.startsWith(`${repository} `)) known.delete(key)
    },
  }
}
