import { watch, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'

/** The shortest time from the end of a look to the next one, however much is written meanwhile: a look at many programs takes long. */
const leastMs = 250
/** The longest time from the end of a look to the next one, for what the file does not tell. */
const mostMs = 500

/**
 * Tells when it is time to look at a file again: at once after it was written, but not more often than every
 * 250 ms, and at the latest after half a second. Where the kernel reports no changes (a network file system,
 * or too many watches of this account), it is always half a second.
 */
export class JournalLookout {
  readonly #path: string
  #watcher: FSWatcher | null = null
  #isChanged = false
  /** When the last look had ended. */
  #lookedAt = 0
  #timer: NodeJS.Timeout | undefined
  #wake: (() => void) | null = null

  constructor(path: string) {
    this.#path = path
  }

  /** Starts to follow the file. Its folder must exist; the file may be created, and replaced, later. */
  open(): void {
    try {
      // The folder, because a watch of a file would stay with it when it is rotated.
      this.#watcher = watch(dirname(this.#path), { persistent: false }, (_, name) => {
        if (name === basename(this.#path)) this.#changed()
      })
      // Without it, the file is looked at as well, only later.
      this.#watcher.on('error', () => this.#watcher?.close())
    } catch {
      this.#watcher = null
    }
  }

  /** Called when a look has ended. Resolves when it is time for the next one, and never after `close`. One caller at a time. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#lookedAt = performance.now()
      this.#wake = resolve
      this.#wait()
    })
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#wake = null
    this.#watcher?.close()
  }

  #changed(): void {
    this.#isChanged = true
    this.#wait()
  }

  #wait(): void {
    if (!this.#wake) return
    clearTimeout(this.#timer)
    const dueMs = this.#lookedAt + (this.#isChanged ? leastMs : mostMs) - performance.now()
    this.#timer = setTimeout(() => this.#look(), Math.max(0, dueMs))
    this.#timer.unref()
  }

  #look(): void {
    const wake = this.#wake
    this.#wake = null
    this.#isChanged = false
    wake?.()
  }
}
