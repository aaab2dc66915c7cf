import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { inTurn } from '../../lib/in-turn.ts'
import { newRecord, processRecords, type ProcessRecord } from './process-records.ts'
import { supervisorUnavailable, unknownProcess } from './process-runner.errors.ts'
import type { ProcessReport, ProcessRunner, ProcessSpec } from './process-runner.ts'
import { endLeftovers, endOrphans, endProgram, isAtRest, spawnProgram } from './supervised-program.ts'
import { supervisorFiles } from './supervisor-conf.ts'
import { supervisorDaemon } from './supervisor-daemon.ts'
import { supervisorJournal } from './supervisor-journal.ts'
import { supervisorPrograms } from './supervisor-programs.ts'
import {
  crashLoopReason,
  emptyHistory,
  nextHistory,
  reportOf,
  type ProcessHistory,
} from './supervisor-report.ts'
import { watchers } from './watchers.ts'

const lookEveryMs = 250
const askEveryMs = 5_000
// Keys of the queue that no id can be.
const engine = ':engine'
const log = ':journal'

/** `folder` is supervisord's own, `recordPath` the file that says which process it is, `program` its executable file. */
export type SupervisorRunnerOptions = {
  folder: string
  recordPath: string
  program: string
  onError: (error: unknown) => void
}

/**
 * Runs processes under a private supervisord: it starts again what ends while the control plane is away. It dies only with
 * the machine or by somebody's hand; then it is started again with what was desired.
 */
export function supervisorRunner(options: SupervisorRunnerOptions): ProcessRunner {
  const { folder } = options
  const records = processRecords(join(folder, 'records'))
  const daemon = supervisorDaemon(options)
  const programs = supervisorPrograms(folder, daemon)
  const supervisor = { daemon, programs }
  const journal = supervisorJournal(join(folder, supervisorFiles.log))
  const known = new Map<string, ProcessRecord>()
  const histories = new Map<string, ProcessHistory>()
  const stopping = new Set<string>()
  const queue = inTurn()
  const watched = watchers()
  let timer: NodeJS.Timeout | undefined
  let isOpen = false
  let seenVersion = ''
  let askedAt = 0

  const find = (id: string): ProcessRecord => {
    const record = known.get(id)
    if (!record) throw unknownProcess({ id })
    return record
  }
  const historyOf = (id: string) => histories.get(id) ?? emptyHistory

  async function readJournal(): Promise<void> {
    for (const event of await journal.read()) {
      if (!known.has(event.id)) continue
      histories.set(event.id, nextHistory(historyOf(event.id), event))
      if (event.kind === 'exited') later(event.id, () => endLeftovers(supervisor, find(event.id).spec))
    }
  }

  async function refresh(): Promise<Map<string, ProcessReport>> {
    const infos = await programs.infos()
    await queue.run(log, readJournal)
    const reports = new Map<string, ProcessReport>()
    for (const [id, record] of known) {
      const report = reportOf(record, infos.get(id) ?? null, historyOf(id), stopping.has(id))
      reports.set(id, report)
      watched.tell(report)
      if (
        record.desired === 'running' &&
        record.fatal === null &&
        crashLoopReason(historyOf(id), Date.now())
      ) {
        later(id, () => giveUp(id))
      }
    }
    return reports
  }

  function later(id: string, work: () => Promise<void>): void {
    queue.run(id, async () => (isOpen && known.has(id) ? work() : undefined)).catch(options.onError)
  }

  async function giveUp(id: string): Promise<void> {
    const record = find(id)
    const reason = crashLoopReason(historyOf(id), Date.now())
    if (record.desired !== 'running' || record.fatal !== null || reason === null) return
    record.fatal = reason
    await records.save(record)
    await endProgram(supervisor, record.spec)
    await refresh()
  }

  async function start(record: ProcessRecord): Promise<void> {
    const { id } = record.spec
    await queue.run(log, readJournal)
    if (await isAtRest(programs, id)) histories.set(id, { ...historyOf(id), over: true })
    record.desired = 'running'
    record.fatal = null
    await records.save(record)
    await spawnProgram(daemon, id)
    await refresh()
  }

  async function stop(record: ProcessRecord): Promise<void> {
    const { id } = record.spec
    stopping.add(id)
    try {
      record.desired = 'stopped'
      await records.save(record)
      await refresh()
      await endProgram(supervisor, record.spec)
      record.fatal = null
      await records.save(record)
    } finally {
      stopping.delete(id)
    }
    await refresh()
  }

  /** supervisord lives and knows what we know; what was desired runs, once. */
  async function ensureEngine(): Promise<void> {
    const all = [...known.values()]
    await programs.writeAll(all.map((record) => record.spec))
    const how = await daemon.ensure(async () => {
      await Promise.all(all.map((record) => endOrphans(record.spec)))
    })
    if (how === 'adopted') {
      const infos = await programs.infos()
      const missing = all.filter((record) => !infos.has(record.spec.id))
      if (missing.length > 0) await programs.add(missing.map((record) => record.spec))
    }
    await queue.run(log, readJournal)
    const infos = await programs.infos()
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
    if (version === seenVersion && Date.now() - askedAt < askEveryMs) return
    seenVersion = version
    askedAt = Date.now()
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
    for (const spec of fresh) {
      const record = newRecord({ ...spec })
      await records.save(record)
      known.set(spec.id, record)
    }
    await refresh()
  }

  async function remove(id: string): Promise<void> {
    await needEngine()
    await queue.run(id, async () => {
      const record = known.get(id)
      if (!record) return
      await stop(record)
      await queue.run(engine, () => programs.remove(id))
      known.delete(id)
      histories.delete(id)
      watched.forget(id)
      await records.forget(id)
    })
  }

  async function close(): Promise<void> {
    isOpen = false
    clearTimeout(timer)
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
        await ensureEngine()
        isOpen = true
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
    async shutdown() {
      await Promise.all([...known.keys()].map(remove))
      await close()
      await daemon.end()
    },
  }
}
