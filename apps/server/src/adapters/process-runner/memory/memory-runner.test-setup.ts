import type { Endpoint } from '@vitrine/contract'
import { exitCodeOf, type Exit, afterExit, endOf, recentExits } from '../crash-loop.ts'
import { nextState, type ProcessEvent } from '../next-state.ts'
import type { LostPort } from '../port-decision.ts'
import type { PortListener } from '../../../lib/procfs/port-ownership.ts'
import { unknownProcess } from '../process-runner.errors.ts'
import type { ProcessReport, ProcessRunner, ProcessSpec } from '../process-runner.ts'
import { watchers } from '../watchers.ts'

/**
 * A runner that runs nothing, for tests of code that uses a runner. The test controls what happens to its
 * processes.
 */
export type MemoryRunner = ProcessRunner & {
  /** Makes this process exit with this code whenever it starts; null ends this. */
  failStarts(id: string, exitCode: number | null): void
  /** Makes the process exit now. It is restarted at once, or given up after too many exits. */
  exitNow(id: string, exitCode: number): void
  /**
   * Sets who accepts connections at the endpoint of each living process. At first it is the process itself.
   */
  setListener(listener: PortListener): void
  /** Another process takes the port of this one, which is then started with another port. */
  movePort(id: string, lost: LostPort): void
}

type Entry = { report: ProcessReport; exits: Exit[]; failing: number | null }

/**
 * Creates one. A process is RUNNING a moment after its start. The pids are invented, and so are the addresses, unless
 * `server` is where all of its processes can be reached.
 */
export function memoryRunner(server?: Endpoint): MemoryRunner {
  const entries = new Map<string, Entry>()
  const watched = watchers()
  let nextPid = 1_000_000
  let nextPort = 18_001
  let listener: PortListener = 'own'

  const endpointOf = ({ id, listens }: ProcessSpec): Endpoint | null => {
    if (server && listens) return server
    if (listens === 'socket') return { socket: `/invented/${id}.sock` }
    return listens === 'port' ? { host: '127.0.0.1', port: nextPort++ } : null
  }
  const find = (id: string): Entry => {
    const entry = entries.get(id)
    if (!entry) throw unknownProcess({ id })
    return entry
  }
  const change = (entry: Entry, event: ProcessEvent, changes: Partial<ProcessReport> = {}) => {
    entry.report = { ...entry.report, state: nextState(entry.report.state, event), ...changes }
    watched.notify(entry.report)
  }
  const launch = (entry: Entry) => {
    const pid = nextPid++
    change(entry, 'start', { pid, generation: String(pid), startedAt: new Date() })
    if (entry.failing !== null) exit(entry, entry.failing)
    else queueMicrotask(() => change(entry, 'stayed_up', { reason: null }))
  }
  const exit = (entry: Entry, exitCode: number) => {
    const at = Date.now()
    const ended: Exit = {
      at,
      ranMs: at - (entry.report.startedAt?.getTime() ?? at),
      exitCode,
      signal: null,
      overLimit: null,
    }
    entry.exits = [...recentExits(entry.exits, at), ended]
    const lastEnd = endOf(ended)
    const gone = {
      pid: null,
      generation: null,
      startedAt: null,
      exitCode: exitCodeOf(ended),
      lastEnd,
      lastEndAt: new Date(at),
    }
    const next = afterExit(entry.exits, at)
    if (next.kind === 'give_up') return change(entry, 'gave_up', { ...gone, reason: next.reason })
    change(entry, 'exited', { ...gone, reason: lastEnd })
    entry.report = { ...entry.report, restarts: entry.report.restarts + 1 }
    launch(entry)
  }
  const end = (entry: Entry) => {
    change(entry, 'stop')
    change(entry, 'stopped', { pid: null, generation: null, startedAt: null, reason: null })
  }
  const remove = (id: string) => {
    const entry = entries.get(id)
    if (entry) end(entry)
    entries.delete(id)
    watched.forget(id)
  }

  return {
    kind: 'local',
    open: async () => undefined,
    async add(specs) {
      for (const spec of specs) {
        if (entries.has(spec.id)) continue
        const report: ProcessReport = {
          id: spec.id,
          account: spec.user,
          state: 'STOPPED',
          generation: null,
          endpoint: endpointOf(spec),
          lostPort: null,
          pid: null,
          startedAt: null,
          exitCode: null,
          overLimit: null,
          lastEnd: null,
          lastEndAt: null,
          restarts: 0,
          reason: null,
        }
        entries.set(spec.id, { report, exits: [], failing: null })
        watched.notify(report)
      }
    },
    remove: async (id) => remove(id),
    async start(id) {
      const entry = find(id)
      if (entry.report.pid !== null) return
      entry.exits = []
      entry.report = { ...entry.report, lastEnd: null, lastEndAt: null }
      launch(entry)
    },
    stop: async (id) => end(find(id)),
    listener: async (id) => (find(id).report.pid === null ? 'nobody' : listener),
    reports: async () => new Map([...entries].map(([id, entry]) => [id, entry.report])),
    watch: (onChange) => watched.add(onChange),
    close: async () => undefined,
    async shutdown() {
      for (const id of entries.keys()) remove(id)
    },
    failStarts(id, exitCode) {
      find(id).failing = exitCode
    },
    exitNow: (id, exitCode) => exit(find(id), exitCode),
    setListener: (who) => void (listener = who),
    movePort(id, lost) {
      const entry = find(id)
      const pid = nextPid++
      const endpoint = { host: '127.0.0.1', port: nextPort++ }
      change(entry, 'lost_port', { pid, generation: String(pid), endpoint, lostPort: lost })
    },
  }
}
