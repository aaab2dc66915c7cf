/**
 * Signals for processes that a test ends on purpose. A pid that was not found must end the test and nothing else: to the
 * system 0 is the whole group of the caller, which is the test run itself, and -1 is everybody (`man 2 kill`).
 */
function realPid(pid: number | null | undefined): number {
  if (pid === null || pid === undefined || !Number.isInteger(pid) || pid <= 1)
    throw new Error(`no process to signal: ${pid}`)
  return pid
}

/** Sends a signal to one process. Throws where there is none (`ESRCH`), or where the pid is none. */
export function signalPid(pid: number | null | undefined, signal: NodeJS.Signals): void {
  process.kill(realPid(pid), signal)
}

/** Sends a signal to a process that was started with a group of its own, and to all of that group. */
export function signalGroup(leader: number | null | undefined, signal: NodeJS.Signals): void {
  process.kill(-realPid(leader), signal)
}
