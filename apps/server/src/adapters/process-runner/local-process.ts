import type { ProcessState } from '@vitrine/contract'
import { isAlive, type ProcessIdentity } from '../../lib/process-identity.ts'
import { afterExit, describeExit, exitCodeOf, recentExits, type Exit } from './crash-loop.ts'
import type { LimitKeeper } from './limit-keeper.ts'
import { nextState, type ProcessEvent } from './next-state.ts'
import type { ProcessRecord } from './process-records.ts'
import type { ProcessReport, ProcessSpec } from './process-runner.ts'
import { endTree, livesNow } from './process-tree.ts'
import { treeOf, type Limiter } from './resource-limits/resource-limits.ts'

/** What a local process needs of its runner. */
export type LocalProcessHost = {
  save(record: ProcessRecord): Promise<void>
  /** Runs work that nobody waits for, in turn with the calls for this process. */
  later(work: () => Promise<void>): void
  changed(report: ProcessReport): void
  /** Starts the process; many at once are started one after the other. */
  launch(spec: ProcessSpec, onExit: (ending: Ending) => void): Promise<ProcessIdentity>
  limiter: Limiter
  keeper: LimitKeeper
}

/** One process of the local runner. Its methods are called in turn, never two at once. */
export type LocalProcess = ReturnType<typeof localProcess>

type Ending = { exitCode: number | null; signal: string | null }

/** The life of one process: its record, its state word, its timers. */
export function localProcess(record: ProcessRecord, host: LocalProcessHost) {
  const { spec } = record
  let state: ProcessState = record.fatal === null ? 'STOPPED' : 'FATAL'
  let timer: NodeJS.Timeout | undefined
  let lastExit: Exit | null = record.exits.at(-1) ?? null
  /** An adopted process is no child of ours: its end is seen by looking. */
  let adopted = false
  let released = false

  const report = (): ProcessReport => ({
    id: spec.id,
    state,
    pid: record.identity?.pid ?? null,
    startedAt: record.startedAt === null ? null : new Date(record.startedAt),
    exitCode: lastExit && exitCodeOf(lastExit),
    overLimit: lastExit?.overLimit ?? null,
    restarts: record.restarts,
    reason:
      state === 'FATAL' ? record.fatal : state === 'BACKOFF' && lastExit ? describeExit(lastExit) : null,
  })
  const move = (event: ProcessEvent) => {
    state = nextState(state, event)
    host.changed(report())
  }
  const schedule = (afterMs: number, work: () => Promise<void>) => {
    clearTimeout(timer)
    timer = setTimeout(() => host.later(work), afterMs)
    timer.unref()
  }
  const target = () => treeOf(host.limiter, spec, record.identity)

  async function settleIn(identity: ProcessIdentity): Promise<void> {
    if (record.identity === identity && (await isAlive(identity))) move('stayed_up')
  }

  async function spawn(): Promise<void> {
    record.startedAt = Date.now()
    move('start')
    try {
      host.keeper.begin(spec.id)
      const identity = await host.launch(
        spec,
        (ending) => released || host.later(() => ended(identity, ending)),
      )
      record.identity = identity
      adopted = false
      await host.save(record)
      host.changed(report())
      schedule(spec.startSeconds * 1000, () => settleIn(identity))
    } catch (error) {
      await recordExit(
        { exitCode: 127, signal: null },
        error instanceof Error ? error.message : String(error),
      )
    }
  }

  async function ended(identity: ProcessIdentity, ending: Ending): Promise<void> {
    if (record.identity === identity && record.desired === 'running') await recordExit(ending)
  }

  async function recordExit(ending: Ending, startError?: string): Promise<void> {
    const at = Date.now()
    const overLimit = await host.keeper.endedFor(record)
    // Of an adopted process nobody hears how it ended; what ends it for a limit is KILL.
    const signal = ending.signal ?? (overLimit !== null && ending.exitCode === null ? 'SIGKILL' : null)
    lastExit = { at, ranMs: at - (record.startedAt ?? at), exitCode: ending.exitCode, signal, overLimit }
    // Workers that outlived their main process would keep its port from the next one.
    await endTree(target(), { graceMs: spec.stopGraceMs })
    record.identity = null
    record.startedAt = null
    record.exits = [...recentExits(record.exits, at), lastExit]
    const next = afterExit(record.exits, at)
    if (next.kind === 'give_up') {
      record.fatal = startError ? `${next.reason}: ${startError}` : next.reason
      await host.save(record)
      move('gave_up')
      return
    }
    await host.save(record)
    move('exited')
    schedule(next.afterMs, restart)
  }

  async function restart(): Promise<void> {
    if (record.desired !== 'running' || record.identity) return
    record.restarts += 1
    await spawn()
  }

  return {
    record,
    report,

    /** Takes up what an earlier runner left: the living process, or the one that should live and does not. */
    async adopt(): Promise<void> {
      if (record.desired === 'stopped' || record.fatal !== null) return
      if (record.identity && (await isAlive(record.identity))) {
        const identity = record.identity
        adopted = true
        move('start')
        const livesMs = Date.now() - (record.startedAt ?? 0)
        if (livesMs >= spec.startSeconds * 1000) move('stayed_up')
        else schedule(spec.startSeconds * 1000 - livesMs, () => settleIn(identity))
        return
      }
      await endTree(target(), { graceMs: spec.stopGraceMs })
      if (record.identity) record.restarts += 1
      record.identity = null
      await spawn()
    },

    /** Whether this is an adopted process that has ended, which nobody tells us. */
    hasVanished: (): boolean =>
      adopted && record.identity !== null && record.desired === 'running' && !livesNow(record.identity),

    /** Takes up the end of an adopted process. */
    async look(): Promise<void> {
      if (adopted && record.desired === 'running' && record.identity && !livesNow(record.identity))
        await recordExit({ exitCode: null, signal: null })
    },

    /** Starts it, unless it runs; forgets the ends that made it FATAL. */
    async start(): Promise<void> {
      if (record.desired === 'running' && record.fatal === null && record.identity) return
      clearTimeout(timer)
      record.desired = 'running'
      record.fatal = null
      record.exits = []
      lastExit = null
      await host.save(record)
      await spawn()
    },

    /** Ends the whole tree. */
    async stop(): Promise<void> {
      clearTimeout(timer)
      record.desired = 'stopped'
      await host.save(record)
      move('stop')
      await endTree(target(), { graceMs: spec.stopGraceMs })
      record.identity = null
      record.startedAt = null
      record.fatal = null
      await host.save(record)
      move('stopped')
    },

    /** Lets go of it: no timer and no ending of this process has an effect any more. */
    release(): void {
      released = true
      clearTimeout(timer)
    },
  }
}
