import type { KeptBodies } from '@vitrine/contract'
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** How many calls may wait in memory to be written. This bounds the memory to eight megabytes. */
const mostWaiting = 256
/** How many files may wait for the control plane. If it is away for longer, calls are recorded without their bodies. */
const mostFiles = 2_000

/**
 * The kept bodies of calls. Each call has its own file until the control plane has read its line in the access log. The
 * log itself does not contain bodies, because it is kept longer than the calls.
 */
export class KeptFiles {
  readonly #folder: string
  #waiting: { name: string; bodies: KeptBodies }[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Takes the bodies that belong to a line. Returns the name of their file, or undefined if too many are waiting. */
  add(bodies: KeptBodies): string | undefined {
    if (this.#waiting.length >= mostWaiting) return undefined
    const name = randomUUID()
    this.#waiting.push({ name, bodies })
    return name
  }

  /**
   * Writes the waiting bodies. Resolves with the problem if they cannot be written; then the lines name files that do
   * not exist. Null if all went well.
   */
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
