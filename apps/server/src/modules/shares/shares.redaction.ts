import type { Comparison, Run, Stage } from '@vitrine/contract'
import type { RunEvent } from '../runs/run-history.ts'
import { runCancelled, runInterrupted } from '../runs/runs.errors.ts'
import { sharedRunFailed } from './shares.errors.ts'

/** The platform's own errors name services, their logs and ports; an algorithm's are about the input. */
const ofPlatform = /^(internal$|run\.|service\.|release\.|port\.|process\.|deploy\.|comparison\.)/
const harmless: ReadonlySet<string> = new Set([runCancelled({}).code, runInterrupted({}).code])

function shownError<E extends { code: string; message: string }>(
  error: E,
): { code: string; message: string } {
  const { code, message } = error
  if (!ofPlatform.test(code) || harmless.has(code)) return { code, message }
  const told = sharedRunFailed({})
  return { code: told.code, message: told.messageIn('zh') }
}

const shownResult = (result: NonNullable<Run['result']>): NonNullable<Run['result']> => ({
  ...result,
  batch_id: null,
  logs: '',
})

/** A run without who made it, its log, its commit, and the platform's words of what went wrong. Pure. */
export const shownRun = (run: Run): Run => ({
  ...run,
  commit: null,
  logs: '',
  created_by: '',
  result: run.result && shownResult(run.result),
  error: run.error && { ...shownError(run.error), details: {} },
})

/** An event of a run as a visitor may see it; null for what is not for them: what the algorithm prints. Pure. */
export function shownEvent(event: RunEvent): RunEvent | null {
  switch (event.event) {
    case 'log':
      return null
    case 'status':
      return { event: 'status', data: shownRun(event.data) }
    case 'completed':
      return { event: 'completed', data: shownResult(event.data) }
    case 'start':
    case 'progress':
    case 'output':
      return event
  }
}

/** A comparison and its runs without who made them. Pure. */
export const shownComparison = (comparison: Comparison): Comparison => ({
  ...comparison,
  created_by: '',
  cells: comparison.cells.map((cell) => ({ ...cell, error: cell.error && shownError(cell.error) })),
})

/** A stage without where its service is reached, why it is unwell, and what its package needs to run. Pure. */
export const shownStage = (stage: Stage): Stage => ({
  ...stage,
  reason: null,
  url: '',
  path: '',
  manifest: { ...stage.manifest, entry: '', env: [], resources: {}, examples: [] },
})
