import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { inTurn } from '../../lib/in-turn.ts'
import { shareNext } from '../../lib/share-next.ts'
import { limitKeeper } from './limit-keeper.ts'
import { hurry, newRecord, processRecords, type ProcessRecord } from './process-records.ts'
import { supervisorUnavailable, unknownProcess } from './process-runner.errors.ts'
import type { ProcessReport, ProcessRunner, ProcessSpec } from './process-runner.ts'
import type { LimitMachine } from './resource-limits/enforcement.ts'
import { resourceLimits } from './resource-limits/resource-limits.ts'
import { endLeftovers, endOrphans, endProgram, isAtRest, spawnProgram } from './supervised-program.ts'
import { supervisorFiles } from './supervisor-conf.ts'
import { supervisorDaemon } from './supervisor-daemon.ts'
import { supervisorHistories } from './supervisor-histories.ts'
import { supervisorJournal } from './supervisor-journal.ts'
import { supervisorPrograms } from './supervisor-programs.ts'
import { crashLoopReason, reportOf, type SupervisorInfo } from './supervisor-report.ts'
import type { LogRotation } from './rotate-log.ts'
import { watchers } from './watchers.ts'

const lookEveryMs = 250
const askEveryMs = 5_000
/** While programs are started and stopped, each asks for itself; all of them only this often. */
const askWorkingMs = 1_000
/** A key of the queue that no id can be. */
const engine = ':engine'

/** Where the runner keeps what it must know again, in supervisord's own folder. */
export const supervisorRecords = (folder: string): string => join(folder, 'records')

/** `folder` is supervisord's own, `recordPath` the file that says which process it is, `program` its executable file. */
export type SupervisorRunnerOptions = {
  folder: string
  recordPath: string
  program: string
  onError: (error: unknown) => void
  /** When log files are set aside; by default at 10 MB, five of them. */
  logRotation?: LogRotation
  /** For tests: what of this machine may be used to hold limits. */
  examine?: () => Promise<LimitMachine>
}

/**
 * Runs processes under a private supervisord: it starts again what ends while the control plane is away. It dies only with
 * the machine or by somebody's hand; then it is started again with what was desired.
 */
export function supervisorRunner(options: SupervisorRunnerOptions): ProcessRunner {
  const { folder } = options
  const records = processRecords(supervisorRecords(folder))
  const limiter = resourceLimits({
    owner: folder,
    stateFile: join(folder, 'cgroups.json'),
    ...(options.examine && { examine: options.examine }),
  })
  const daemon = supervisorDaemon(options)
  const programs = supervisorPrograms(folder, daemon, limiter, options.logRotation)
  const supervisor = { daemon, programs, limiter }
  const journal = supervisorJournal(join(folder, supervisorFiles.log))
  const known = new Map<string, ProcessRecord>()
  /** What supervisord has said last. */
  let infos = new Map<string, SupervisorInfo>()
  const stopping = new Set<string>()
  const starting = new Set<string>()
  const queue = inTurn()
  const watched = watchers()
  const keeper = limitKeeper({
    limiter,
    watched: () => [...known.values()].filter((one) => one.desired === 'running').map(({ spec }) => spec),
    onError: options.onError,
  })
  const histories = supervisorHistories({
    ...{ journal, keeper, records, known },
    onExited: (id) => later(id, () => endLeftovers(supervisor, find(id).spec)),
  })
  let timer: NodeJS.Timeout | undefined
  let isOpen = false
  let seenVersion = ''
  let askedAt = 0

  const find = (id: string): ProcessRecord => {
    const record = known.get(id)
    if (!record) throw unknownProcess({ id })
    return record
  }

  const readJournal = shareNext(() => histories.read())

  /** The report out of what was asked last; whoever watches hears of it. */
  function tell(record: ProcessRecord): ProcessReport {
    const { id } = record.spec
    const report = reportOf(record, infos.get(id) ?? null, histories.of(id), stopping.has(id))
    watched.tell(report)
    const isWanted = record.desired === 'running' && record.fatal === null
    if (isWanted && crashLoopReason(histories.of(id), Date.now())) later(id, () => giveUp(id))
    return report
  }

  const refresh = shareNext(async (): Promise<Map<string, ProcessReport>> => {
    askedAt = Date.now()
    infos = await programs.infos()
    await readJournal()
    return new Map([...known].map(([id, record]) => [id, tell(record)]))
  })

  /** All of them cost supervisord a hundred times as much as one. */
  async function refreshOne(record: ProcessRecord): Promise<void> {
    const info = await programs.info(record.spec.id)
    await readJournal()
    infos.set(info.name, info)
    tell(record)
  }

  function later(id: string, work: () => Promise<void>): void {
    queue.run(id, async () => (isOpen && known.has(id) ? work() : undefined)).catch(options.onError)
  }

  async function giveUp(id: string): Promise<void> {
    const record = find(id)
    const reason = crashLoopReason(histories.of(id), Date.now())
    if (record.desired !== 'running' || record.fatal !== null || reason === null) return
    record.fatal = reason
    await records.save(record)
    await endProgram(supervisor, record.spec)
    await refreshOne(record)
  }

  async function start(record: ProcessRecord): Promise<void> {
    const { id } = record.spec
    starting.add(id)
    try {
      await readJournal()
      if (await isAtRest(programs, id)) histories.endSeries(id)
      keeper.begin(id)
      record.desired = 'running'
      record.fatal = null
      await records.save(record)
      await spawnProgram(daemon, id)
      await refreshOne(record)
    } finally {
      starting.delete(id)
    }
  }

  async function stop(record: ProcessRecord): Promise<void> {
    const { id } = record.spec
    stopping.add(id)
    try {
      record.desired = 'stopped'
      await records.save(record)
      tell(record)
      await endProgram(supervisor, record.spec)
      if (record.fatal !== null) {
        record.fatal = null
        await records.save(record)
      }
    } finally {
      stopping.delete(id)
    }
    await refreshOne(record)
  }

  /** supervisord lives and knows what we know; what was desired runs, once. */
  async function ensureEngine(): Promise<void> {
    const all = [...known.values()]
    await programs.writeAll(all.map((record) => record.spec))
    const how = await daemon.ensure(async () => {
      await Promise.all(all.map((record) => endOrphans(limiter, record.spec)))
    })
    if (how === 'adopted') {
      const told = await programs.infos()
      const missing = all.filter((record) => !told.has(record.spec.id))
      if (missing.length > 0) await programs.add(missing.map((record) => record.spec))
    }
    await readJournal()
    infos = await programs.infos()
    for (const { spec, desired, fatal } of all) {
      if (desired === 'running' && fatal === null && infos.get(spec.id)?.statename === 'STOPPED')
        await spawnProgram(daemon, spec.id)
    }
  }

  /** Starts supervisord again if somebody has ended it. */
  async function reviveEngine(): Promise<void> {
    if (isOpen && !(await daemon.isAlive())) await ensureEngine()
  }

  /** What every call does first. */
  async function needEngine(): Promise<void> {
    if (!isOpen) throw supervisorUnavailable({ why: 'the runner is not open', lines: [] })
    if (!(await daemon.isAlive())) await queue.run(engine, reviveEngine)
  }

  async function look(): Promise<void> {
    if (!isOpen) return
    await reviveEngine()
    const version = await journal.version()
    const quietMs =
      version === seenVersion ? askEveryMs : starting.size + stopping.size > 0 ? askWorkingMs : 0
    if (Date.now() - askedAt < quietMs) return
    seenVersion = version
    await refresh()
  }

  function lookAgain(): void {
    timer = setTimeout(() => {
      const turn = queue.run(engine, look).catch(options.onError)
      void turn.then(() => isOpen && lookAgain())
    }, lookEveryMs)
    timer.unref()
  }

  async function addNew(specs: readonly ProcessSpec[]): Promise<void> {
    const fresh = specs.filter((spec) => !known.has(spec.id))
    if (fresh.length === 0) return
    await programs.add(fresh)
    await Promise.all(
      fresh.map(async (spec) => {
        const record = newRecord({ ...spec })
        await records.save(record)
        known.set(spec.id, record)
      }),
    )
    await refresh()
  }

  async function remove(id: string): Promise<void> {
    await needEngine()
    await queue.run(id, async () => {
      const record = known.get(id)
      if (!record) return
      await stop(record)
      await queue.run(engine, () => programs.remove(id))
      await limiter.forget(id)
      known.delete(id)
      histories.forget(id)
      watched.forget(id)
      await records.forget(id)
    })
  }

  async function close(): Promise<void> {
    isOpen = false
    clearTimeout(timer)
    keeper.close()
    await queue.settled()
  }

  return {
    kind: 'supervisor',
    open: () =>
      queue.run(engine, async () => {
        if (isOpen) return
        await programs.prepare()
        await mkdir(dirname(options.recordPath), { recursive: true })
        known.clear()
        for (const record of await records.load()) known.set(record.spec.id, record)
        await limiter.open(new Set(known.keys()))
        await ensureEngine()
        isOpen = true
        keeper.start()
        lookAgain()
      }),
    async add(specs) {
      await needEngine()
      await queue.run(engine, () => addNew(specs))
    },
    remove,
    async start(id) {
      await needEngine()
      await queue.run(id, () => start(find(id)))
    },
    async stop(id) {
      await needEngine()
      await queue.run(id, () => stop(find(id)))
    },
    async reports() {
      await needEngine()
      return refresh()
    },
    watch: watched.add,
    close,
    async shutdown(limit) {
      if (limit) for (const record of known.values()) hurry(record, limit.graceMs)
      await Promise.all([...known.keys()].map(remove))
      await close()
      await daemon.end()
      await limiter.dispose()
    },
  }
}
