import { workerBeside } from '../../../adapters/threads/bounded-thread.ts'
import { createThreadPool } from '../../../adapters/threads/thread-pool.ts'
import type { ConfigExport, NoExport } from './export-format.ts'

/** The longest processing time of an export, in milliseconds. A real one takes a few milliseconds. */
const usualLongestMs = 3_000
/** The memory for reading an export, in MiB. */
const memoryMb = 128
/** Each person has at most one thread, and there are two, so that one is left for others. */
const bounds = { atOnce: 2, perPerson: 1 }
/** How long a thread waits for the next export before it ends, in milliseconds. */
const keptMs = 10_000

/** Reads exports of the configuration, which anybody may have written, in threads of their own. */
export type ExportReader = {
  /**
   * Parses an export. Resolves with `exceeded` if that takes too long or too much memory. `person` is one name for the
   * person who asks.
   */
  read: (person: string, text: string) => Promise<ConfigExport | NoExport | 'exceeded'>
}

/**
 * Makes a reader. Its threads are started when they are needed. `longestMs` is the longest processing time, in
 * milliseconds.
 */
export function createExportReader({ longestMs = usualLongestMs } = {}): ExportReader {
  const threads = createThreadPool<string, ConfigExport | NoExport>({
    file: workerBeside(import.meta.url, 'export-worker'),
    memoryMb,
    bounds,
    keptMs,
  })
  return {
    read: (person, text) =>
      threads.inTurn(person, async (work) => {
        const outcome = await work(text, longestMs)
        return 'answer' in outcome ? outcome.answer : 'exceeded'
      }),
  }
}
