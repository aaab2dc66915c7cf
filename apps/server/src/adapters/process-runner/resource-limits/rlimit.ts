import type { ResourceLimits } from '@vitrine/contract'

/**
 * Returns commands for a POSIX shell that limit its open files, and those of the program that it executes
 * (setrlimit(2)). The limit holds for each process separately. RLIMIT_NPROC is not suitable: it counts all
 * processes of an account, the services share one account, and root is not limited by it. RLIMIT_AS limits
 * addresses, not memory, so runtimes that reserve much and use little would not start.
 */
export function rlimitCommands({ open_files: files }: ResourceLimits): string[] {
  // If the account may not have this many, it gets its maximum.
  return files === undefined
    ? []
    : [`ulimit -n ${files} 2>/dev/null || ulimit -n "$(ulimit -H -n)" || refuse`]
}
