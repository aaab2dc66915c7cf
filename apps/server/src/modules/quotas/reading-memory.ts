import type { FastifyReply } from 'fastify'
import { finished } from 'node:stream'
import { JsonText, LongAnswer } from '../../http/json-text.ts'
import type { Actor } from '../../lib/actor.ts'
import { createMemoryBudget, MemoryReclaimed, type Hold, type MemoryBounds } from '../../lib/memory-budget.ts'
import { jsonWeight } from '../../lib/json-weight.ts'
import { noRoomToRead, readingTooLarge } from './quotas.errors.ts'
import { payerOf } from './quotas.ts'

/**
 * The memory that all answers with large values share. `person` is one name for whoever reads. What one answer holds is taken
 * before it is read, and let go when its signal aborts. `take` rejects with `quota.reading` if there is no room for a while.
 */
export type ReadingMemory = { open: (person: string) => Hold }

/** How large the memory is, and how long one waits for room in it, in milliseconds. */
type Bounds = MemoryBounds & { waitMs: number }

/** Makes the memory for reading. `full` makes the error for a request without room. */
export function createReadingMemory(
  { waitMs, ...bounds }: Bounds,
  full: (cause?: unknown) => Error = (cause) => noRoomToRead({}, cause),
): ReadingMemory {
  const memory = createMemoryBudget(bounds)
  return {
    open(person) {
      const waiting = new AbortController()
      const hold = memory.open(person, waiting.signal)
      return {
        signal: hold.signal,
        async take(bytes) {
          const timer = setTimeout(() => waiting.abort(full()), waitMs)
          try {
            await hold.take(bytes)
          } catch (error) {
            throw error instanceof MemoryReclaimed ? full(error) : error
          } finally {
            clearTimeout(timer)
          }
        },
        give: (bytes) => hold.give(bytes),
        end: () => hold.end(),
      }
    },
  }
}

/** Opens what an answer to somebody reads. Until the answer was taken or its reader is gone, its text is in memory. */
export function readingFor(
  memory: ReadingMemory,
  reply: FastifyReply,
  reader: Pick<Actor, 'id' | 'linksOf'>,
): Hold {
  const reading = memory.open(payerOf(reader))
  finished(reply.raw, () => reading.end())
  return reading
}

/** An answer in pieces, made of what was read. Throws `quota.reading` if others have needed the memory meanwhile. */
export function textAnswer({ signal }: Pick<Hold, 'signal'>, pieces: readonly string[]): JsonText {
  if (signal.aborted) throw noRoomToRead({}, signal.reason)
  return new JsonText(pieces, signal)
}

/** An answer made of what was read. Throws `quota.reading` if others have needed the memory meanwhile. */
export function longAnswer<Value>({ signal }: Pick<Hold, 'signal'>, value: Value): LongAnswer<Value> {
  if (signal.aborted) throw noRoomToRead({}, signal.reason)
  return new LongAnswer(value, signal)
}

/** How often the bytes of a stored text are in memory while it is read: as they come, and as letters, which may take two each. */
const timesAsText = 3
/** The longest text that is read, in bytes. A stored text may be longer than what a program can hold. */
const mostTextBytes = 256 * 1024 ** 2
/** How many copies of the values of a text are in memory while they are shown: parsed, checked, and changed. */
const timesAsValues = 3

type Taking = Pick<Hold, 'take'>

/** Takes room for stored values that are read as texts. Throws `quota.reading`, and `quota.reading_too_large` for what is never read. */
export async function takeTexts({ take }: Taking, bytes: number): Promise<void> {
  if (bytes > mostTextBytes) throw readingTooLarge({ limit_bytes: mostTextBytes, bytes })
  await take(bytes * timesAsText)
}

/** Takes room for the values of texts, and for what is written of them again. */
export const takeValues = ({ take }: Taking, texts: readonly string[]): Promise<void> =>
  take(
    texts.reduce((sum, text) => {
      const bytes = Buffer.from(text)
      return sum + jsonWeight(bytes) * timesAsValues + bytes.length * timesAsText
    }, 0),
  )

const mebibyte = 1024 ** 2

/** The memory of a platform. A usual run takes less than is free for each, and so waits for nobody. */
export const usualReadingMemory: Bounds = {
  bytes: 384 * mebibyte,
  perPerson: 128 * mebibyte,
  free: mebibyte / 4,
  patienceMs: 10_000,
  waitMs: 20_000,
}
