import { workerBeside } from '../../adapters/threads/bounded-thread.ts'
import { createThreadPool } from '../../adapters/threads/thread-pool.ts'
import type { ReadDocument } from './document-content.ts'
import type { DocumentRequest } from './read-document.ts'

/** How long a document may be worked on, in ms. Those of real services take a few. */
const usualLongestMs = 5_000
/** Memory for all that is made of a document, in MiB. */
const memoryMb = 256
/** A person has one thread. One more is for others. */
const bounds = { atOnce: 2, perPerson: 1 }
/** How long a thread waits for the next document before it ends, in ms. */
const keptMs = 30_000

/** Reads the OpenAPI documents of services, which their authors wrote, in threads of their own. */
export type DocumentReader = {
  /**
   * Reads a document, and one operation of it if one is named. Null if it is no OpenAPI 3 document, `exceeded` if it takes too
   * long or too much memory.
   *
   * @param person one name for whoever owns the service
   */
  read(person: string, request: DocumentRequest): Promise<ReadDocument | null | 'exceeded'>
}

/** Makes one. Its threads are started when they are needed. */
export function createDocumentReader({ longestMs = usualLongestMs } = {}): DocumentReader {
  const threads = createThreadPool<DocumentRequest, ReadDocument | null>({
    file: workerBeside(import.meta.url, 'document-worker'),
    memoryMb,
    bounds,
    keptMs,
  })
  return {
    read: (person, request) =>
      threads.inTurn(person, async (work) => {
        const outcome = await work(request, longestMs)
        return 'answer' in outcome ? outcome.answer : 'exceeded'
      }),
  }
}
