import { readdirSync } from 'node:fs'
import { readStatSync } from '../../apps/server/src/lib/procfs/process-identity.ts'
import { signalIfAlive, signalPid } from './signals.ts'

const childrenOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => readStatSync(pid)?.parent === parent)

/**
 * Stops a server and its children where they are: their sockets stay open, take what is sent, and answer nothing. The server is
 * stopped first, so that it starts no more children. Returns what lets them go on.
 */
export function freezeServer(pid: number): () => void {
  signalPid(pid, 'SIGSTOP')
  const children = childrenOf(pid)
  for (const child of children) signalIfAlive(child, 'SIGSTOP')
  return () => {
    for (const one of [...children, pid]) signalIfAlive(one, 'SIGCONT')
  }
}
