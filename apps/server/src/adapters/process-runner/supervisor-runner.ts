import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { identify, type ProcessIdentity } from '../../lib/process-identity.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { inTurn } from './in-turn.ts'
import { newRecord, processRecords, type ProcessRecord } from './process-records.ts'
import { supervisorUnavailable, unknownProcess } from './process-runner.errors.ts'
import type { ProcessReport, ProcessRunner, ProcessSpec } from './process-runner.ts'
import { carriesMarker, endTree, findTree, markerOf } from './process-tree.ts'
import { supervisorFiles } from './supervisor-conf.ts'
import { supervisorDaemon } from './supervisor-daemon.ts'
import { supervisorJournal } from './supervisor-journal.ts'
import { callExcept, faults, supervisorPrograms } from './supervisor-programs.ts'
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
const youngSeconds = 3
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
  const targetOf = (record: ProcessRecord, main: ProcessIdentity | null) => ({
    id: record.spec.id,
    marker: markerOf(record.spec),
    main,
  })

  async function readJournal(): Promise<void> {
    for (const event of await journal.read()) {
      if (!known.has(event.id)) continue
      histories.set(event.id, nextHistory(historyOf(event.id), event))
      if (event.kind === 'exited') later(event.id, () => endLeftovers(event.id))
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

  /** Workers that outlived their main process would keep its port from the next one: whatever is older than it goes. */
  async function endLeftovers(id: string): Promise<void> {
    const { spec } = find(id)
    const seen = await findTree(markerOf(spec), null)
    // Asked after the search: whatever was seen and is not of this main process or younger is of an earlier one.
    const { pid } = await programs.info(id)
    const main = pid > 0 ? await identify(pid) : null
    const isOlder = (member: ProcessIdentity) =>
      main === null || Number(member.startTime) < Number(main.startTime)
    const leftovers = new Set(seen.filter(isOlder).map((member) => member.pid))
    if (leftovers.size === 0) return
    await endTree(targetOf(find(id), null), {
      graceMs: spec.stopGraceMs,
      spare: (member) => !leftovers.has(member.pid),
    })
  }

  async function giveUp(id: string): Promise<void> {
    const record = find(id)
    const reason = crashLoopReason(historyOf(id), Date.now())
    if (record.desired !== 'running' || record.fatal !== null || reason === null) return
    record.fatal = reason
    await records.save(record)
    await end(record)
    await refresh()
  }

  /** Ends the tree and makes sure that supervisord does not start it again. */
  async function end(record: ProcessRecord): Promise<void> {
    const { id } = record.spec
    const { pid, start } = await programs.info(id)
    const main = pid > 0 ? await identify(pid) : null
    const stopIt = () => callExcept(daemon, [faults.notRunning], 'supervisor.stopProcess', id, false)
    // Right after its fork it is still supervisord's own code in its own group, where TERM would be lost.
    if (main && Date.now() / 1000 - start < youngSeconds) {
      await waitFor(() => carriesMarker(main.pid, markerOf(record.spec)), { timeoutMs: 1_000, everyMs: 5 })
    }
    await stopIt()
    await endTree(targetOf(record, main), {
      graceMs: record.spec.stopGraceMs,
      ...(main && { told: main.pid }),
    })
    // A program that had just ended by itself was not there to be stopped, and comes back: then it is stopped again.
    while ((await waitFor(() => isAtRest(id), { timeoutMs: 1_500, everyMs: 20 })) === null) {
      await stopIt()
      await endTree(targetOf(record, null), { graceMs: record.spec.stopGraceMs })
    }
  }

  async function isAtRest(id: string): Promise<boolean> {
    const { statename } = await programs.info(id)
    return statename === 'STOPPED' || statename === 'FATAL'
  }

  async function spawn(id: string): Promise<void> {
    await callExcept(
      daemon,
      [faults.alreadyStarted, faults.spawn, faults.abnormal],
      'supervisor.startProcess',
      id,
      false,
    )
  }

  async function start(record: ProcessRecord): Promise<void> {
    const { id } = record.spec
    await queue.run(log, readJournal)
    if (await isAtRest(id)) histories.set(id, { ...historyOf(id), over: true })
    record.desired = 'running'
    record.fatal = null
    await records.save(record)
    await spawn(id)
    await refresh()
  }

  async function stop(record: ProcessRecord): Promise<void> {
    const { id } = record.spec
    stopping.add(id)
    try {
      record.desired = 'stopped'
      await records.save(record)
      await refresh()
      await end(record)
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
    const endOrphans = async () => {
      await Promise.all(
        all.map((record) => endTree(targetOf(record, null), { graceMs: record.spec.stopGraceMs })),
      )
    }
    await programs.writeAll(all.map((record) => record.spec))
    const how = await daemon.ensure(endOrphans)
    if (how === 'adopted') {
      const infos = await programs.infos()
      const missing = all.filter((record) => !infos.has(record.spec.id))
      if (missing.length > 0) await programs.add(missing.map((record) => record.spec))
    }
    await queue.run(log, readJournal)
    const infos = await programs.infos()
    for (const { spec, desired, fatal } of all) {
      if (desired === 'running' && fatal === null && infos.get(spec.id)?.statename === 'STOPPED')
        await spawn(spec.id)
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
