import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setImmediate as giveWay } from 'node:timers/promises'
import { inTurn } from '../../lib/in-turn.ts'
import { limitKeeper } from './limit-keeper.ts'
import { launch } from './local-launch.ts'
import { localProcess, type LocalProcess } from './local-process.ts'
import { logKeeper } from './log-keeper.ts'
import { hurry, newRecord, processRecords } from './process-records.ts'
import { unknownProcess } from './process-runner.errors.ts'
import type { ProcessRunner } from './process-runner.ts'
import type { LimitMachine } from './resource-limits/enforcement.ts'
import { resourceLimits } from './resource-limits/resource-limits.ts'
import { defaultLogRotation, type LogRotation } from './rotate-log.ts'
import { watchers } from './watchers.ts'

const lookEveryMs = 250

/** Where the local runner keeps what it must know again, and who hears of work that failed while nobody waited for it. */
export type LocalRunnerOptions = {
  folder: string
  onError: (error: unknown) => void
  /** When log files are set aside; by default at 10 MB, five of them. */
  logRotation?: LogRotation
  /** For tests: what of this machine may be used to hold limits. */
  examine?: () => Promise<LimitMachine>
}

/**
 * Runs processes without any other program: detached, each in its own session. They go on when the control plane dies, and
 * are adopted by pid and start time when it returns; while it is away nobody starts again what ends.
 */
export function localRunner(options: LocalRunnerOptions): ProcessRunner {
  const records = processRecords(options.folder)
  const processes = new Map<string, LocalProcess>()
  const queue = inTurn()
  const spawning = inTurn()
  const watched = watchers()
  const limiter = resourceLimits({
    owner: options.folder,
    stateFile: join(options.folder, 'limits', 'cgroups.json'),
    ...(options.examine && { examine: options.examine }),
  })
  const keeper = limitKeeper({
    limiter,
    watched: () =>
      [...processes.values()].flatMap(({ record }) => (record.identity === null ? [] : [record.spec])),
    onError: options.onError,
  })
  const logs = logKeeper({
    rotation: options.logRotation ?? defaultLogRotation,
    paths: () => [...processes.values()].flatMap(({ record: { spec } }) => [spec.stdoutLog, spec.stderrLog]),
    onError: options.onError,
  })
  let lookTimer: NodeJS.Timeout | undefined
  let open = false

  const find = (id: string): LocalProcess => {
    const found = processes.get(id)
    if (!found) throw unknownProcess({ id })
    return found
  }
  const later = (id: string, work: () => Promise<void>) => {
    queue.run(id, async () => (open && processes.has(id) ? work() : undefined)).catch(options.onError)
  }
  const manage = (record: ReturnType<typeof newRecord>) => {
    const { id } = record.spec
    const process = localProcess(record, {
      save: records.save,
      later: (work) => later(id, work),
      changed: watched.tell,
      launch: (spec, onExit) =>
        spawning.run('spawn', async () => {
          // Each start holds everything else up for some milliseconds; between two of them others get their turn.
          await giveWay()
          return launch(spec, limiter, onExit)
        }),
      limiter,
      keeper,
    })
    processes.set(id, process)
    return process
  }
  const lookAtAll = () => {
    for (const [id, process] of processes) if (process.hasVanished()) later(id, process.look)
  }
  const remove = (id: string) =>
    queue.run(id, async () => {
      const process = processes.get(id)
      if (!process) return
      await process.stop()
      process.release()
      await limiter.forget(id)
      processes.delete(id)
      watched.forget(id)
      await records.forget(id)
    })
  const close = async () => {
    open = false
    clearInterval(lookTimer)
    keeper.close()
    await logs.close()
    for (const process of processes.values()) process.release()
    await queue.settled()
  }

  return {
    kind: 'local',
    async open() {
      if (open) return
      const known = await records.load()
      await limiter.open(new Set(known.map(({ spec }) => spec.id)))
      open = true
      const taken = known.map(manage)
      await Promise.all(taken.map((process) => queue.run(process.record.spec.id, process.adopt)))
      lookTimer = setInterval(lookAtAll, lookEveryMs)
      lookTimer.unref()
      keeper.start()
      logs.start()
    },
    async add(specs) {
      await Promise.all(
        specs.map((spec) =>
          queue.run(spec.id, async () => {
            if (processes.has(spec.id)) return
            await mkdir(dirname(spec.stdoutLog), { recursive: true })
            await mkdir(dirname(spec.stderrLog), { recursive: true })
            const record = newRecord({ ...spec })
            await records.save(record)
            watched.tell(manage(record).report())
          }),
        ),
      )
    },
    remove,
    start: (id) => queue.run(id, async () => find(id).start()),
    stop: (id) => queue.run(id, async () => find(id).stop()),
    async reports() {
      return new Map([...processes].map(([id, process]) => [id, process.report()]))
    },
    watch: watched.add,
    close,
    async shutdown(limit) {
      if (limit) for (const { record } of processes.values()) hurry(record, limit.graceMs)
      await Promise.all([...processes.keys()].map(remove))
      await close()
      await limiter.dispose()
    },
  }
}
