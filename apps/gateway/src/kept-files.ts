import type { KeptBodies } from '@vitrine/contract'
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** As many wait in memory to be written at most: eight megabytes. */
const mostWaiting = 256
/** As many files wait for the control plane at most. While it is away for longer, calls are recorded without what was sent. */
const mostFiles = 2_000

/**
 * What was sent and answered in calls, each in a file of its own until the control plane has read its line in the access log.
 * The log itself does not have it: it stays for longer than the calls.
 */
export class KeptFiles {
  readonly #folder: string
  #waiting: { name: string; bodies: KeptBodies }[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Takes what belongs to a line. Returns the name of its file, or undefined if too much waits. */
  add(bodies: KeptBodies): string | undefined {
    if (this.#waiting.length >= mostWaiting) return undefined
    const name = randomUUID()
    this.#waiting.push({ name, bodies })
    return name
  }

  /** Writes what waits. Resolves with the problem if it cannot be written: then the lines name files that are not there. */
  async write(): Promise<string | null> {
    const waiting = this.#waiting
    if (waiting.length === 0) return null
    this.#waiting = []
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      const there = (await readdir(this.#folder)).length
      const room = Math.max(0, mostFiles - there)
      for (const { name, bodies } of waiting.slice(0, room))
        await writeFile(join(this.#folder, name), JSON.stringify(bodies), { mode: 0o600 })
      return null
    } catch (error) {
      return `what was sent and answered in calls cannot be kept: ${String(error)}`
    }
  }
}
