import type { ResourceLimits } from '@vitrine/contract'

/**
 * Commands of a POSIX shell that bound its open files, and those of what it becomes (setrlimit(2)); each process has so many for itself.
 * RLIMIT_NPROC is of no use here: it counts all processes of an account, the services share one, and root is not bound by it.
 * RLIMIT_AS bounds addresses, not memory: runtimes that reserve much and use little would not start.
 */
export function rlimitCommands({ open_files: files }: ResourceLimits): string[] {
  // Where the account may not have so many, it gets all that it may have.
  return files === undefined
    ? []
    : [`ulimit -n ${files} 2>/dev/null || ulimit -n "$(ulimit -H -n)" || refuse`]
}
