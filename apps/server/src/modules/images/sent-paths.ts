import { BoundedThread, workerBeside } from '../../adapters/threads/bounded-thread.ts'
import type { Words } from '../../lib/words.ts'
import { imageFailed } from './images.errors.ts'
import type { IgnoreRequest } from './ignored-worker.ts'

/** How long the patterns of a package may be worked on, in ms of processor time. Usual ones take a few. */
const usualLongestMs = 20_000
const memoryMb = 256

const tooMuch: Words = {
  zh: '它的规则太多或太复杂，没有在时限内判断完。请写得简单些',
  en: 'Its patterns are too many or too intricate, and could not be compared with the files in time. Write simpler ones',
}

/**
 * The paths that a `.dockerignore` does not name. They are found in a thread with limits, because its patterns become regular
 * expressions, which a package could write to run for ever. Throws `deploy.image_failed`, and the reason of the signal.
 */
export async function sentPaths(
  request: IgnoreRequest,
  signal: AbortSignal,
  longestMs: number = usualLongestMs,
): Promise<ReadonlySet<string>> {
  if (request.patterns.trim() === '') return new Set(request.paths)
  const program = workerBeside(import.meta.url, 'ignored-worker')
  const thread = await BoundedThread.start<IgnoreRequest, string[], never>(program, memoryMb)
  try {
    const outcome = await thread.answer(request, longestMs, undefined, signal)
    if ('answer' in outcome) return new Set(outcome.answer)
    throw imageFailed({ step: '.dockerignore', cause: tooMuch, lines: [], may_pass: false })
  } finally {
    await thread.end()
  }
}
