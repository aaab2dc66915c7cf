import { open } from 'node:fs/promises'
import { ifThere } from '../../lib/if-there.ts'
import {
  areOpen,
  portListeners,
  socketsByPort,
  whoListens,
  type FoundListener,
  type PortListener,
} from '../../lib/procfs/port-ownership.ts'
import { inodeOf } from '../../lib/procfs/tcp-sockets.ts'
import { decidePort, saysPortTaken, type LostPort } from './port-decision.ts'
import type { ProcessSpec } from './process-runner.ts'

/** A living process that should listen on its port. */
export type GuardedProcess = { id: string; pid: number; generation: string; port: number }

const lookEveryMs = 250
/**
 * How often it is looked whether processes that have their ports still have them. One that lives and gives its port back is
 * rare, and the end of a process is told by its runner.
 */
const ownEveryMs = 1_000
/**
 * How often the list of sockets is read although all processes still have theirs open. Only a program of the
 * same account that shares the port (SO_REUSEPORT) is then found later.
 */
const listEveryMs = 2_000
/** How many of the sockets with which a process listens on its port are remembered. Each is looked at all the time, and in the gateway's table. */
const mostSockets = 256
/** How much of the end of a log is searched for the reason of an exit, bytes. */
const tailBytes = 8_192
const tailLines = 15

async function tailOf(path: string): Promise<string[]> {
  const file = await ifThere(open(path, 'r'))
  if (!file) return []
  try {
    const { size } = await file.stat()
    const length = Math.min(size, tailBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length)
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n')
    return lines.filter((line) => line.trim() !== '').slice(-tailLines)
  } finally {
    await file.close()
  }
}

type OwnSockets = {
  generation: string
  /** As `socketsByPort` gives them. */
  sockets: string
  open: Extract<FoundListener, { own: unknown }>['own']
}

/**
 * Watches who holds the ports of processes. If a foreign process has a port, this is reported as soon as it
 * is seen, so that nobody waits in vain for a process that binds late. While all processes have their known
 * sockets open, a check reads one link for each. Otherwise it reads the list of listening sockets once for all,
 * and examines only processes whose sockets are new.
 */
export class PortGuard {
  readonly #watched: () => Iterable<GuardedProcess>
  readonly #onLost: (process: GuardedProcess, lost: LostPort) => void
  readonly #onOwn: (process: GuardedProcess) => void
  readonly #onError: (error: unknown) => void
  readonly #listenerOf = portListeners()
  /** The sockets known to belong to a process, by its id. */
  readonly #own = new Map<string, OwnSockets>()
  #timer: NodeJS.Timeout | undefined
  #listedAt = -Infinity
  #ownSeenAt = -Infinity
  #isLooking = false

  constructor(deps: {
    watched: () => Iterable<GuardedProcess>
    /** Called if a foreign process has the port of a process. */
    onLost: (process: GuardedProcess, lost: LostPort) => void
    /** Called when a process has begun to listen on its own port, and when it has other sockets there. */
    onOwn: (process: GuardedProcess) => void
    onError: (error: unknown) => void
  }) {
    this.#watched = deps.watched
    this.#onLost = deps.onLost
    this.#onOwn = deps.onOwn
    this.#onError = deps.onError
  }

  start(): void {
    this.#timer = setInterval(() => void this.#check().catch(this.#onError), lookEveryMs)
    this.#timer.unref()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#own.clear()
  }

  /** Returns who accepts connections on the port of a process. */
  async listener(process: GuardedProcess): Promise<PortListener> {
    if (this.#hasItsOwn(process)) return 'own'
    const sockets = await socketsByPort([process.port])
    if (sockets === null) return 'unknown'
    return this.#judge(process, sockets.get(process.port))
  }

  /** The inodes of the sockets with which a process was last seen to listen on its port. */
  listenersOf({ id, generation }: Pick<GuardedProcess, 'id' | 'generation'>): string[] | undefined {
    const seen = this.#own.get(id)
    return seen?.generation === generation ? seen.open.map(({ target }) => inodeOf(target)) : undefined
  }

  /** Whether a process was seen on its port. */
  #isSettled({ id, generation }: GuardedProcess): boolean {
    return this.#own.get(id)?.generation === generation
  }

  #hasItsOwn({ id, generation }: GuardedProcess): boolean {
    const seen = this.#own.get(id)
    return seen?.generation === generation && areOpen(seen.open)
  }

  /**
   * Returns why a process has ended: the loss of its port, or null for a reason of its own. `tree` finds the
   * current processes of the instance, because its engine may have restarted it already.
   */
  async lossOf(
    spec: ProcessSpec,
    port: number,
    tree: () => Promise<ReadonlySet<number>>,
  ): Promise<LostPort | null> {
    const found = await whoListens(port)
    const isOwn = typeof found === 'object' && 'pid' in found && (await tree()).has(found.pid)
    const foreign = typeof found === 'object' && !isOwn ? found : null
    const lines = [...(await tailOf(spec.stderrLog)), ...(await tailOf(spec.stdoutLog))]
    const fate = decidePort({
      process: 'ended',
      listener: foreign ? 'foreign' : isOwn ? 'own' : 'nobody',
      saysTaken: lines.some((line) => saysPortTaken(line, port)),
    })
    return fate === 'move' ? { port, by: foreign } : null
  }

  async #judge(process: GuardedProcess, sockets: string | undefined): Promise<PortListener> {
    const { id, generation, port, pid } = process
    if (sockets === undefined) return 'nobody'
    const seen = this.#own.get(id)
    if (seen?.generation === generation && seen.sockets === sockets) return 'own'
    const found = await this.#listenerOf(port, pid)
    if (typeof found === 'object' && 'own' in found) {
      this.#own.set(id, { generation, sockets, open: found.own.slice(0, mostSockets) })
      this.#onOwn(process)
      return 'own'
    }
    const isForeign = typeof found === 'object'
    const fate = decidePort({ process: 'lives', listener: isForeign ? 'foreign' : found, saysTaken: false })
    if (fate === 'move' && isForeign) this.#onLost(process, { port, by: found.foreign })
    return found
  }

  /** Whether nothing more has to be looked up: all have their ports, as far as is known without the list of sockets. */
  #areFine(processes: readonly GuardedProcess[]): boolean {
    const now = performance.now()
    if (now - this.#listedAt >= listEveryMs) return false
    if (now - this.#ownSeenAt < ownEveryMs) return processes.every((each) => this.#isSettled(each))
    this.#ownSeenAt = now
    return processes.every((each) => this.#hasItsOwn(each))
  }

  async #check(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      const processes = [...this.#watched()]
      const ids = new Set(processes.map(({ id }) => id))
      for (const id of this.#own.keys()) if (!ids.has(id)) this.#own.delete(id)
      if (processes.length === 0 || this.#areFine(processes)) return
      this.#listedAt = performance.now()
      const sockets = await socketsByPort(processes.map(({ port }) => port))
      if (sockets === null) return
      await Promise.all(processes.map((process) => this.#judge(process, sockets.get(process.port))))
    } finally {
      this.#isLooking = false
    }
  }
}
