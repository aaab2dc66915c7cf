import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'

/** A piece of output as Docker or a cluster keeps it: a line, or a part of a long line. */
export type LogPiece = {
  stream: 'stdout' | 'stderr'
  /** When it was written. All these texts have the same length, so a later time is a greater text. */
  at: string
  bytes: Buffer
}

/** How far the log of a container was written to the log files. */
const cursor = z.object({
  container: z.string(),
  /** When its last piece was written, and how many pieces of that time there are. */
  at: z.string(),
  count: z.number(),
  /** The sizes of the two files after that. */
  stdout: z.number(),
  stderr: z.number(),
})
type Cursor = z.infer<typeof cursor>
type Sizes = Pick<Cursor, 'stdout' | 'stderr'>

/**
 * The size of the file with the position. It is overwritten in one call, so that after a kill it has either the old or
 * the new position.
 */
const cursorBytes = 512
const ownMode = 0o600

function readCursor(path: string): Cursor | null {
  try {
    return cursor.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    // A new file is empty until its first piece.
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Writes all bytes. One call may write only a part, for example on a disk that is nearly full. */
function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
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
  let place = readCursor(paths.cursor)
  const files = { stdout: openSync(paths.stdout, 'a', ownMode), stderr: openSync(paths.stderr, 'a', ownMode) }
  const note = openSync(paths.cursor, place === null ? 'w' : 'r+', ownMode)
  const sizeOf = (name: 'stdout' | 'stderr') => fstatSync(files[name]).size
  const cutTo = (sizes: Sizes) => {
    for (const name of ['stdout', 'stderr'] as const)
      if (sizeOf(name) > sizes[name]) ftruncateSync(files[name], sizes[name])
  }
  const sizes = (): Sizes => ({ stdout: sizeOf('stdout'), stderr: sizeOf('stderr') })
  if (place !== null) cutTo(place)

  const write = (next: Omit<Cursor, 'stdout' | 'stderr'>, fresh: readonly LogPiece[]) => {
    const before = sizes()
    try {
      for (const name of ['stdout', 'stderr'] as const) {
        const bytes = Buffer.concat(fresh.filter(({ stream }) => stream === name).map((piece) => piece.bytes))
        writeAll(files[name], bytes)
      }
      const after = { ...next, ...sizes() }
      writeSync(note, JSON.stringify(after).padEnd(cursorBytes), 0)
      place = after
    } catch (error) {
      // All these pieces will be sent again, including those that were written.
      cutTo(before)
      throw error
    }
  }

  return {
    resume(container) {
      const kept = place?.container === container ? place : null
      let next = { container, at: kept?.at ?? '', count: kept?.count ?? 0 }
      let skipped = 0
      /** Whether a piece is in the files already: an earlier one, or one of as many as were written of its time. */
      const isKept = ({ at }: LogPiece) =>
        kept !== null && (at < kept.at || (at === kept.at && skipped++ < kept.count))
      return {
        since: kept === null ? 0 : Math.floor(Date.parse(kept.at) / 1000),
        add(pieces) {
          const fresh = pieces.filter((piece) => !isKept(piece))
          for (const { at } of fresh) next = { container, at, count: at === next.at ? next.count + 1 : 1 }
          if (fresh.length > 0) write(next, fresh)
        },
      }
    },
    close() {
      for (const file of [files.stdout, files.stderr, note]) closeSync(file)
    },
  }
}
