import type { LimitKeeper } from '../limit-keeper.ts'
import { windowMs } from '../crash-loop.ts'
import type { LostPort } from '../port-fate.ts'
import { noteLoss } from '../process-port.ts'
import type { ProcessRecord, ProcessRecords } from '../process-records.ts'
import type { OverLimit } from '../process-runner.ts'
import type { SupervisorJournal } from './supervisor-journal.ts'
import { emptyHistory, nextHistory, type ProcessHistory } from './supervisor-report.ts'

/** What supervisord's journal has told of each program, with what we know of the limits for which it ended. */
export function supervisorHistories(deps: {
  journal: SupervisorJournal
  keeper: LimitKeeper
  records: ProcessRecords
  known: ReadonlyMap<string, ProcessRecord>
  /** Why a process has ended whose port may have been taken; null: for another reason. */
  lossOf: (record: ProcessRecord) => Promise<LostPort | null>
  /** Hears of each end that was read. */
  onExited: (id: string) => void
  /** Hears of one that ended because it could not have its port, and of the pause after which it gets another. */
  onLostPort: (id: string, pauseMs: number) => void
}) {
  const histories = new Map<string, ProcessHistory>()
  const of = (id: string) => histories.get(id) ?? emptyHistory

  /** The limit for an end at this time: what was found out before is in the record, a new one is asked for. */
  async function overLimitOf(
    record: ProcessRecord,
    at: number,
    ask: (record: ProcessRecord) => Promise<OverLimit | null>,
  ): Promise<OverLimit | null> {
    const found = record.overLimit
    if (found !== null && at <= found.at)
      return at === found.at ? { resource: found.resource, limit: found.limit } : null
    const over = await ask(record)
    if (over) {
      record.overLimit = { ...over, at }
      await deps.records.save(record)
    }
    return over
  }

  /** Whether an end at this time was for the port; what was found out before is in the record. */
  async function isForPort(record: ProcessRecord, at: number): Promise<boolean> {
    const { portEnds, spec } = record
    if (!spec.listens || record.port === null) return false
    if (at <= portEnds.judgedUntil) return portEnds.at.includes(at)
    const lost = await deps.lossOf(record)
    const pauseMs = lost && noteLoss(record, lost, at)
    const judged = pauseMs === null ? portEnds.at : [...portEnds.at, at]
    record.portEnds = { judgedUntil: at, at: judged.filter((end) => at - end < windowMs) }
    await deps.records.save(record)
    if (pauseMs !== null) deps.onLostPort(spec.id, pauseMs)
    return pauseMs !== null
  }

  return {
    of,
    /** It has lost its port while it lived: what is done about that neither ends its series nor counts as a restart. */
    loseOne: (id: string): void => void histories.set(id, { ...of(id), lostPort: true }),
    /** What was told is over: the next spawn begins anew. */
    endSeries: (id: string): void => void histories.set(id, { ...of(id), over: true }),
    forget: (id: string): void => void histories.delete(id),

    /** Takes up what the journal has told since the last time. */
    async read(): Promise<void> {
      const events = await deps.journal.read()
      // Several ends that are read at once, because nobody looked for a while, have the same cause.
      const asked = new Map<string, Promise<OverLimit | null>>()
      const ask = (record: ProcessRecord) => {
        const { id } = record.spec
        const answer = asked.get(id) ?? deps.keeper.endedFor(record)
        asked.set(id, answer)
        return answer
      }
      for (const event of events) {
        const record = deps.known.get(event.id)
        if (!record) continue
        const isEnd = event.kind === 'exited'
        const overLimit = isEnd ? await overLimitOf(record, event.at, ask) : null
        const lostPort = isEnd && overLimit === null && (await isForPort(record, event.at))
        histories.set(event.id, nextHistory(of(event.id), event, { overLimit, lostPort }))
        if (event.kind === 'exited') deps.onExited(event.id)
      }
    },
  }
}
