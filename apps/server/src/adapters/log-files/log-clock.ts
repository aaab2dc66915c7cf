import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { ifThere } from '../../lib/if-there.ts'
import type { LogSegment } from './log-segments.ts'

const lookEveryMs = 5_000
/** How long files are looked at before others have their turn, in milliseconds. */
const longestTurnMs = 1
/** How many marks of a file are remembered. When there are more, every second one is forgotten. */
const mostMarks = 2_000

/** The size of a file after it was written to at this time, in milliseconds since 1970. */
type Mark = { end: number; at: number }
/** The marks of a file, oldest first. For bytes before `from`, the time is not known. */
type Known = { inode: number; from: number; marks: Mark[] }

/** When a line without its own time was written. `start` is its offset in the file. Null if that is not known. */
export type WrittenAt = (segment: Pick<LogSegment, 'inode' | 'modifiedAt'>, start: number) => number | null

/**
 * Remembers when logs have grown, so that lines without a time get one, because many programs only print. It checks the
 * files at intervals, and knows nothing about lines from before its first check. The marks are in memory: a check costs
 * one `stat` for each file, and a file takes a few kilobytes.
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
    let turnBegan = performance.now()
    for (const name of names) {
      // Not by a thread: handing the question over and back takes many times as long as the kernel needs for the answer.
      const found = statSync(join(this.#folder, name), { throwIfNoEntry: false })
      if (found) files.set(name, this.#seen(this.#files.get(name), found))
      if (performance.now() - turnBegan < longestTurnMs) continue
      await setImmediate()
      turnBegan = performance.now()
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
    // Text that was written since the last check gets the time at which the file was last written.
    return known.marks.find(({ end }) => end > start)?.at ?? modifiedAt
  }
}

/** Every second mark, and the last. */
const everySecond = (marks: readonly Mark[]): Mark[] =>
  marks.filter((_, place) => place % 2 === 1 || place === marks.length - 1)
