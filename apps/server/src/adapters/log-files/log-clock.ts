import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere } from '../../lib/if-there.ts'
import type { LogSegment } from './log-segments.ts'

const lookEveryMs = 5_000
/** As many moments are remembered of a file at most. Then every second one is forgotten. */
const mostMarks = 2_000

/** The file had this size when it was last written to at this time, ms since 1970. */
type Mark = { end: number; at: number }
/** The marks of a file, oldest first. Of what stands before `from`, it is not known when it was written. */
type Known = { inode: number; from: number; marks: Mark[] }

/** When a line was written that does not say so itself: a text at this place of a file. Null if it is not known. */
export type WrittenAt = (segment: Pick<LogSegment, 'inode' | 'modifiedAt'>, start: number) => number | null

/**
 * Remembers when logs have grown, so that lines without a time have one: many programs only print. It looks at the files
 * from time to time, and knows nothing of what was written before its first look. In memory: a look costs one `stat` for
 * each file, and a file a few kilobytes.
 */
export class LogClock {
  readonly #folder: string
  readonly #onError: (error: unknown) => void
  #files = new Map<string, Known>()
  #hasLooked = false

  constructor(folder: string, onError: (error: unknown) => void = () => undefined) {
    this.#folder = folder
    this.#onError = onError
  }

  /** Looks once, and then every few seconds. Resolves with a function that ends this. */
  async open(): Promise<() => Promise<void>> {
    await this.look()
    let looking = Promise.resolve()
    const timer = setInterval(() => {
      looking = looking.then(() => this.look()).catch(this.#onError)
    }, lookEveryMs)
    return () => {
      clearInterval(timer)
      return looking
    }
  }

  /** Looks at the current file of each log. */
  async look(): Promise<void> {
    const names = ((await ifThere(readdir(this.#folder))) ?? []).filter((name) => name.endsWith('.log'))
    const files = new Map<string, Known>()
    for (const name of names) {
      const found = await ifThere(stat(join(this.#folder, name)))
      if (found) files.set(name, this.#seen(this.#files.get(name), found))
    }
    this.#files = files
    this.#hasLooked = true
  }

  #seen(before: Known | undefined, now: { ino: number; size: number; mtimeMs: number }): Known {
    const mark = { end: now.size, at: now.mtimeMs }
    const last = before?.marks.at(-1)
    if (!before || before.inode !== now.ino || (last && now.size < last.end))
      return { inode: now.ino, from: this.#hasLooked ? 0 : now.size, marks: [mark] }
    if (last?.end === now.size) return before
    const marks = before.marks.length < mostMarks ? before.marks : everySecond(before.marks)
    return { ...before, marks: [...marks, mark] }
  }

  readonly writtenAt: WrittenAt = ({ inode, modifiedAt }, start) => {
    const known = [...this.#files.values()].find((file) => file.inode === inode)
    if (!known || start < known.from) return null
    // What was written since the last look was last written when the file was.
    return known.marks.find(({ end }) => end > start)?.at ?? modifiedAt
  }
}

/** Every second mark, and the last. */
const everySecond = (marks: readonly Mark[]): Mark[] =>
  marks.filter((_, place) => place % 2 === 1 || place === marks.length - 1)
