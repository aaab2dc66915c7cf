import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { hasCode } from '../../lib/code-of-error.ts'

/** A piece of output as Docker or a cluster keeps it: a line, or a part of a long line. */
export type LogPiece = {
  stream: 'stdout' | 'stderr'
  /** When it was written. All these texts have the same length, so a later time is a greater text. */
  at: string
  bytes: Buffer
}

const streams = ['stdout', 'stderr'] as const

/** When the last piece of a stream was written, and how many pieces of that time there are. */
const place = z.object({ at: z.string(), count: z.number() })
type Place = z.infer<typeof place>

/**
 * How far the log of a container was written to the log files, and the sizes of the two files after that. Each stream
 * has its own place: Docker takes the time of a piece before it writes it, so two pieces of different streams may be in
 * the wrong order.
 */
const cursor = z.object({
  container: z.string(),
  places: z.object({ stdout: place, stderr: place }),
  sizes: z.object({ stdout: z.number(), stderr: z.number() }),
})
type Cursor = z.infer<typeof cursor>
type Places = Cursor['places']
type Sizes = Cursor['sizes']

const beginning: Places = { stdout: { at: '', count: 0 }, stderr: { at: '', count: 0 } }

/**
 * The size of the file with the position. It is overwritten in one call, so that after a kill it has either the old or
 * the new position.
 */
const cursorBytes = 512
const ownMode = 0o600

function readCursor(path: string): Cursor | null {
  try {
    // A version before this one wrote other fields. Then the log of a container that still runs is written once more.
    return cursor.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data ?? null
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    // A new file is empty until its first piece.
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Writes all bytes. One call may write only a part, for example on a disk that is nearly full. */
function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
}

/** The place after one more piece of its stream. A piece of a cluster, which mixes two streams, may be older than the last. */
function placeAfter(last: Place, at: string): Place {
  if (at > last.at) return { at, count: 1 }
  return at === last.at ? { at, count: last.count + 1 } : last
}

/**
 * Returns whether a piece that is sent again is in the files already: it is an earlier one of its stream, or one of as
 * many as were written of its time.
 */
function keptBefore(places: Places): (piece: LogPiece) => boolean {
  const skipped = { stdout: 0, stderr: 0 }
  return ({ stream, at }) => {
    const { at: last, count } = places[stream]
    return at < last || (at === last && skipped[stream]++ < count)
  }
}

/** The second from which both streams must be sent again: one earlier than the last piece, since another may be late. */
function sinceOf({ stdout, stderr }: Places): number {
  const last = stdout.at > stderr.at ? stdout.at : stderr.at
  return last === '' ? 0 : Math.floor(Date.parse(last) / 1000) - 1
}

/** The log files of a container, to which each piece is added once. */
export type KeptLog = {
  /**
   * Begins to read the log of a container. `since` is the second from which Docker must send the log; 0 for all of it.
   */
  resume(container: string): { since: number; add: (pieces: readonly LogPiece[]) => void }
  close(): void
}

/**
 * Opens log files and the file with the position up to which they are written. If the control plane was killed before
 * it recorded the position, the output after the last position is removed and written again.
 */
export function openKeptLog(paths: { stdout: string; stderr: string; cursor: string }): KeptLog {
  for (const path of Object.values(paths)) mkdirSync(dirname(path), { recursive: true })
  let written = readCursor(paths.cursor)
  const files = { stdout: openSync(paths.stdout, 'a', ownMode), stderr: openSync(paths.stderr, 'a', ownMode) }
  const note = openSync(paths.cursor, written === null ? 'w' : 'r+', ownMode)
  const sizeOf = (name: 'stdout' | 'stderr') => fstatSync(files[name]).size
  const cutTo = (sizes: Sizes) => {
    for (const name of streams) if (sizeOf(name) > sizes[name]) ftruncateSync(files[name], sizes[name])
  }
  const sizes = (): Sizes => ({ stdout: sizeOf('stdout'), stderr: sizeOf('stderr') })
  if (written !== null) cutTo(written.sizes)

  const write = (container: string, places: Places, fresh: readonly LogPiece[]) => {
    const before = sizes()
    try {
      for (const name of streams) {
        const bytes = Buffer.concat(fresh.filter(({ stream }) => stream === name).map((piece) => piece.bytes))
        writeAll(files[name], bytes)
      }
      const after = { container, places: { ...places }, sizes: sizes() }
      writeSync(note, JSON.stringify(after).padEnd(cursorBytes), 0)
      written = after
    } catch (error) {
      // All these pieces will be sent again, including those that were written.
      cutTo(before)
      throw error
    }
  }

  return {
    resume(container) {
      const kept = written?.container === container ? written.places : beginning
      const isKept = keptBefore(kept)
      const places = { ...kept }
      return {
        since: sinceOf(kept),
        add(pieces) {
          const fresh = pieces.filter((piece) => !isKept(piece))
          for (const { stream, at } of fresh) places[stream] = placeAfter(places[stream], at)
          if (fresh.length > 0) write(container, places, fresh)
        },
      }
    },
    close() {
      for (const file of [files.stdout, files.stderr, note]) closeSync(file)
    },
  }
}
