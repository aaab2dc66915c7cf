import { groupBy } from '../../../lib/group-by.ts'
import type { LimitKeeper } from '../limit-keeper.ts'
import { windowMs } from '../crash-loop.ts'
import type { LostPort } from '../port-decision.ts'
import { endingOf } from '../process-in-sandbox.ts'
import { recordLoss } from '../process-port.ts'
import type { ProcessRecord, ProcessRecords } from '../process-records.ts'
import type { OverLimit } from '../process-runner.ts'
import type { JournalEvent, SupervisorJournal } from './supervisor-journal.ts'
import { emptyHistory, nextHistory, type EndCause, type ProcessHistory } from './supervisor-report.ts'

/** The history of each program from supervisord's journal, with the limits because of which it was killed. */
export function supervisorHistories(deps: {
  journal: SupervisorJournal
  keeper: LimitKeeper
  records: ProcessRecords
  known: ReadonlyMap<string, ProcessRecord>
  /** Returns why a process whose port may have been taken has ended; null for another reason. */
  lossOf: (record: ProcessRecord) => Promise<LostPort | null>
  /** Called for each exit that was read. */
  onExited: (id: string) => void
  /** Called if a process ended because it could not get its port, with the pause before it gets another. */
  onLostPort: (id: string, pauseMs: number) => void
}) {
  const histories = new Map<string, ProcessHistory>()
  /** Events that were read but not recorded yet, because a cause could not be found. */
  let unrecorded: JournalEvent[] = []
  const of = (id: string) => histories.get(id) ?? emptyHistory

  /**
   * Returns the limit for an exit at this time. If it was found before, it is in the record; a new one is
   * asked for.
   */
  async function overLimitOf(
    record: ProcessRecord,
    at: number,
    ask: () => Promise<OverLimit | null>,
  ): Promise<OverLimit | null> {
    const found = record.overLimit
    if (found !== null && at <= found.at)
      return at === found.at ? { resource: found.resource, limit: found.limit } : null
    const over = await ask()
    if (over) {
      record.overLimit = { ...over, at }
      await deps.records.save(record)
    }
    return over
  }

  /**
   * Returns whether an exit at this time was because of the port. If it was judged before, the answer is in
   * the record.
   */
  async function isForPort(record: ProcessRecord, at: number): Promise<boolean> {
    const { portEnds, spec } = record
    if (record.port === null) return false
    if (at <= portEnds.judgedUntil) return portEnds.at.includes(at)
    const lost = await deps.lossOf(record)
    const pauseMs = lost && recordLoss(record, lost, at)
    const judged = pauseMs === null ? portEnds.at : [...portEnds.at, at]
    record.portEnds = { judgedUntil: at, at: judged.filter((end) => at - end < windowMs) }
    if (pauseMs !== null) deps.onLostPort(spec.id, pauseMs)
    await deps.records.save(record)
    return pauseMs !== null
  }

  /** Finds the causes of the exits of one process, in their order. */
  async function judge(
    record: ProcessRecord,
    ends: readonly JournalEvent[],
    causes: Map<JournalEvent, EndCause>,
  ): Promise<void> {
    let asked: Promise<OverLimit | null> | null = null
    // Several exits that are read together, because nobody read the journal for a while, have the same cause.
    const ask = () => (asked ??= deps.keeper.endedFor(record))
    for (const end of ends) {
      const overLimit = await overLimitOf(record, end.at, ask)
      causes.set(end, { overLimit, lostPort: overLimit === null && (await isForPort(record, end.at)) })
    }
  }

  /**
   * Finds the causes of exits, which the journal does not tell. All processes are judged concurrently, so one
   * look at the system serves all of them.
   */
  async function causesOf(events: readonly JournalEvent[]): Promise<ReadonlyMap<JournalEvent, EndCause>> {
    const causes = new Map<JournalEvent, EndCause>()
    const ends = groupBy(
      events.filter(({ kind }) => kind === 'exited'),
      ({ id }) => id,
    )
    await Promise.all(
      [...ends].map(async ([id, own]) => {
        const record = deps.known.get(id)
        if (record) await judge(record, own, causes)
      }),
    )
    return causes
  }

  return {
    of,
    /**
     * Records that a living process has lost its port. The start with another port neither ends its series of
     * exits nor counts as a restart.
     */
    loseOne: (id: string): void => void histories.set(id, { ...of(id), lostPort: true }),
    /** Ends the series of exits: the next spawn begins a new one. */
    endSeries: (id: string): void => void histories.set(id, { ...of(id), over: true }),
    forget: (id: string): void => void histories.delete(id),

    /** Reads the new entries of the journal. If this fails, the next call records them. Never call it twice at once. */
    async read(): Promise<void> {
      unrecorded.push(...(await deps.journal.read()))
      const events = unrecorded
      const causes = await causesOf(events)
      unrecorded = []
      for (const event of events) {
        const record = deps.known.get(event.id)
        if (!record) continue
        const seen = event.kind === 'exited' ? endingOf(event, record.spec) : event
        histories.set(event.id, nextHistory(of(event.id), seen, causes.get(event)))
        if (event.kind === 'exited') deps.onExited(event.id)
      }
    },
  }
}
