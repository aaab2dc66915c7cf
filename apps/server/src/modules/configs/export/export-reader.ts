import { workerBeside } from '../../../adapters/threads/bounded-thread.ts'
import { createThreadPool } from '../../../adapters/threads/thread-pool.ts'
import type { ConfigExport, NoExport } from './export-format.ts'

/** How long an export may be worked on, in ms. A real one takes a few. */
const usualLongestMs = 3_000
/** Memory for all that is made of an export, in MiB. */
const memoryMb = 128
/** A person has one thread. One more is for others. */
const bounds = { atOnce: 2, perPerson: 1 }
/** How long a thread waits for the next export before it ends, in ms. */
const keptMs = 10_000

/** Reads exports of the configuration, which anybody may have written, in threads of their own. */
export type ExportReader = {
  /** `exceeded` if it takes too long or too much memory. `person` is one name for whoever asks. */
  read: (person: string, text: string) => Promise<ConfigExport | NoExport | 'exceeded'>
}

/** Makes one. Its threads are started when they are needed. */
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
