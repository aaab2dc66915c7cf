import { open } from 'node:fs/promises'
import {
  portListeners,
  socketsByPort,
  whoListens,
  type PortListener,
} from '../../lib/procfs/port-ownership.ts'
import { decidePort, saysPortTaken, type LostPort } from './port-decision.ts'
import type { ProcessSpec } from './process-runner.ts'

/** A living process that should listen on its port. */
export type GuardedProcess = { id: string; pid: number; generation: string; port: number }

const lookEveryMs = 250
/** How much of the end of a log is searched for the reason of an exit, bytes. */
const tailBytes = 8_192
const tailLines = 15

async function tailOf(path: string): Promise<string[]> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
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

/**
 * Watches who holds the ports of processes. If a foreign process has a port, this is reported as soon as it
 * is seen, so that nobody waits in vain for a process that binds late. One check reads the list of listening
 * sockets for all processes. Processes are examined only if a socket is new.
 */
export class PortGuard {
  readonly #watched: () => Iterable<GuardedProcess>
  readonly #onLost: (process: GuardedProcess, lost: LostPort) => void
  readonly #onOwn: (process: GuardedProcess) => void
  readonly #onError: (error: unknown) => void
  readonly #listenerOf = portListeners()
  /** The sockets known to belong to a process, by its id. */
  readonly #own = new Map<string, { generation: string; sockets: string }>()
  #timer: NodeJS.Timeout | undefined
  #isLooking = false

  constructor(deps: {
    watched: () => Iterable<GuardedProcess>
    /** Called if a foreign process has the port of a process. */
    onLost: (process: GuardedProcess, lost: LostPort) => void
    /** Called when a process has begun to listen on its own port. */
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
    const sockets = await socketsByPort()
    if (sockets === null) return 'untold'
    return this.#judge(process, sockets.get(process.port))
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
    const listener = await this.#listenerOf(port, pid)
    if (listener === 'own') {
      this.#own.set(id, { generation, sockets })
      this.#onOwn(process)
    }
    const isForeign = typeof listener === 'object'
    const fate = decidePort({
      process: 'lives',
      listener: isForeign ? 'foreign' : listener,
      saysTaken: false,
    })
    if (fate === 'move' && isForeign) this.#onLost(process, { port, by: listener.foreign })
    return listener
  }

  async #check(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      const processes = [...this.#watched()]
      const ids = new Set(processes.map(({ id }) => id))
      for (const id of this.#own.keys()) if (!ids.has(id)) this.#own.delete(id)
      if (processes.length === 0) return
      const sockets = await socketsByPort()
      if (sockets === null) return
      await Promise.all(processes.map((process) => this.#judge(process, sockets.get(process.port))))
    } finally {
      this.#isLooking = false
    }
  }
}
