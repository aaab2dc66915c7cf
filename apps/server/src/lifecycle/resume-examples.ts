import { setTimeout as pause } from 'node:timers/promises'
import { isDatabaseAway } from '../adapters/database/database.ts'
import type { BegunExamples } from './deploy-examples.ts'

type Deps = {
  /** Deploys the examples that are due. */
  deploy: () => Promise<BegunExamples>
  /** Waits until a task has ended. Resolves with the code of its error; null if it has none. */
  endOf: (taskId: string) => Promise<string | null>
  pauseMs: number
}

/** What a task ends with that the database interrupted. */
const interruption = 'database.unavailable'

const interruptedBy = (error: unknown): typeof interruption => {
  if (isDatabaseAway(error)) return interruption
  throw error
}

async function isInterrupted({ deploy, endOf }: Deps): Promise<boolean> {
  const begun = await deploy()
  const ends = await Promise.all(begun.tasks.map((id) => endOf(id).catch(interruptedBy)))
  return begun.isInterrupted || ends.includes(interruption)
}

/**
 * Deploys the examples, and after a pause those again during which the database did not answer: nobody else would. One that failed for
 * another reason is tried at the next start. Ends early, with an `AbortError`, when `signal` is aborted.
 */
export async function deployExamplesThrough(deps: Deps, signal: AbortSignal): Promise<void> {
  while (await isInterrupted(deps)) await pause(deps.pauseMs, undefined, { signal, ref: false })
}
