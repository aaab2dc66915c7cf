/**
 * Checks a pid before a signal is sent. A pid that was not found must only fail the test: for the system, 0
 * is the caller's whole process group, which is the test run itself, and -1 is every process (`man 2 kill`).
 */
function realPid(pid: number | null | undefined): number {
  if (pid === null || pid === undefined || !Number.isInteger(pid) || pid <= 1)
    throw new Error(`no process to signal: ${pid}`)
  return pid
}

/** Sends a signal to one process. Throws if there is none (`ESRCH`), or if the pid is invalid. */
export function signalPid(pid: number | null | undefined, signal: NodeJS.Signals): void {
  process.kill(realPid(pid), signal)
}

/** Sends a signal to one process. False if it has just ended, so nothing is left to signal. */
export function signalIfAlive(pid: number | null | undefined, signal: NodeJS.Signals): boolean {
  try {
    signalPid(pid, signal)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

/** Sends a signal to a process that was started as the leader of its own group, and to the whole group. */
export function signalGroup(leader: number | null | undefined, signal: NodeJS.Signals): void {
  process.kill(-realPid(leader), signal)
}
