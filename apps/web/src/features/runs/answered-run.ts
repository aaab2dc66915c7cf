import type { Run } from '@vitrine/contract'

/** A run with an answer. */
export type AnsweredRun = Run & { result: NonNullable<Run['result']> }

/** The run once it has an answer that can be taken along; null before. Pure. */
export const answeredRun = (run: Run | null | undefined): AnsweredRun | null =>
  run?.result?.predictions.some(({ outputs }) => outputs.length > 0) ? { ...run, result: run.result } : null
