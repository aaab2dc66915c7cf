import type { FastifyReply, FastifyRequest } from 'fastify'
import { eventPieces, sendWritten } from '../../../http/sse.ts'
import type { Actor } from '../../../lib/actor.ts'
import type { Audience } from '../../../lib/disclosure.ts'
import type { SharedText } from '../../../lib/event-memory.ts'
import type { EventQueue } from '../../../lib/event-queue.ts'
import { payerOf } from '../../quotas/quotas.ts'
import { writtenEvent, type EventView, type WrittenEvent } from '../events/event-text.ts'
import { runEventIn, type RunEvent } from '../events/run-events.ts'
import type { RunExecutor } from '../execution/executor.ts'
import { supersedes } from '../events/event-history.ts'
import { readValues, writeRunFor, type FoundRun, type ReadRunsDeps, type WriteRun } from './read-run.ts'

/** How one kind of reader sees runs and their events. */
export type RunView = EventView & { write: WriteRun }

/** How people see runs that they may see all of. */
export const viewFor = (audience: Audience): RunView => ({
  key: `${audience.language} ${String(audience.mayReadLogs)} ${String(audience.mayReadPorts)}`,
  shown: (event) => runEventIn(event, audience),
  write: writeRunFor(audience),
})

/** What following runs needs. */
export type FollowRunsDeps = Pick<ReadRunsDeps, 'runs' | 'reading'> & {
  executor: Pick<RunExecutor, 'follow' | 'current'>
}

/**
 * What waits for the reader of a run's events: an event, or `end`, which is read from the database when its turn comes.
 * `end` is used for a large result, because otherwise each stalled reader would keep a copy in memory.
 */
export type WaitingEvent = { id: string } & (WrittenEvent | { end: FoundRun; isToldResult: boolean })

/** Which run somebody follows. */
export type FollowedRun = { found: FoundRun; reader: Pick<Actor, 'id' | 'linksOf'>; view: RunView }

/** The end of a run is kept in memory for its readers up to this length, in characters. */
const longestKeptEnd = 256 * 1024

/** The text of an event that waits. Null for one that is read from the database. */
export const textOf = (event: WaitingEvent): SharedText | null => ('data' in event ? event.data : null)

/**
 * Puts the events of a run into the queue of a reader, beginning with the earlier ones. A waiting event is dropped if a
 * newer one makes it useless. `onEnd` is called when no more events follow. Returns a function that stops this.
 */
export function followRun(
  executor: Pick<RunExecutor, 'follow'>,
  queue: Pick<EventQueue<WaitingEvent>, 'push'>,
  { found, view }: FollowedRun,
  onEnd: () => void,
): () => void {
  const { id } = found.run
  let heldBack = false
  const hear = (event: RunEvent, hasEnded: boolean) => {
    const written = writtenEvent(event, view)
    const isLong = written !== null && written.data.text.length > longestKeptEnd
    if (event.event === 'completed' && isLong) heldBack = true
    else if (hasEnded && (isLong || heldBack)) queue.push({ id, end: found, isToldResult: !heldBack })
    else if (written)
      queue.push({ id, ...written }, (waiting) => {
        return waiting.id === id && 'data' in waiting && supersedes(written.sketch, waiting.sketch)
      })
    if (hasEnded) onEnd()
  }
  const stop = executor.follow(id, hear)
  if (stop) return stop
  queue.push({ id, end: found, isToldResult: false })
  onEnd()
  return () => {}
}

/** An event of a run, and the pieces of its data. */
export type EventData = { event: string; data: readonly string[] }

/**
 * The data of an event that waits. The end of a run is read only now, and its memory is given back when the caller has
 * taken it.
 */
export async function* dataOf(
  deps: FollowRunsDeps,
  http: { reply: FastifyReply },
  { reader, view }: FollowedRun,
  waiting: WaitingEvent,
): AsyncGenerator<EventData> {
  if ('data' in waiting) return yield { event: waiting.sketch.event, data: [waiting.data.text] }
  const { id } = waiting.end.run
  const reading = deps.reading.open(payerOf(reader))
  const letGo = () => http.reply.raw.destroy()
  reading.signal.addEventListener('abort', letGo, { once: true })
  try {
    const latest = await deps.runs.brief(id)
    const found: FoundRun = { ...waiting.end, ...latest, active: null }
    const { run, result } = await view.write(found.run, await readValues(deps, found, reading), reading)
    if (result !== null && !waiting.isToldResult) yield { event: 'completed', data: [result] }
    yield { event: 'status', data: run }
  } finally {
    reading.signal.removeEventListener('abort', letGo)
    reading.end()
  }
}

/** Answers with a run's events, beginning with the earlier ones, until it has ended or the client disconnects. */
export function sendRunEvents(
  deps: FollowRunsDeps,
  http: { request: FastifyRequest; reply: FastifyReply },
  followed: FollowedRun,
): Promise<FastifyReply> {
  return sendWritten<WaitingEvent>(http.request, http.reply, {
    follow: (queue) => followRun(deps.executor, queue, followed, () => queue.end()),
    async *piecesOf(waiting) {
      for await (const { event, data } of dataOf(deps, http, followed, waiting))
        yield* eventPieces(event, data)
    },
    textOf,
  })
}
