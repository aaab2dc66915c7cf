import type { PredictResponse } from '@vitrine/contract'
import type { RunState } from './run-state.ts'

/** What is shown of one element's answer. */
export type ShownPrediction = Pick<PredictResponse['predictions'][number], 'index' | 'outputs' | 'error'>

/** The answer for each element: of the finished run, or what has been found so far. */
export const shownPredictions = (state: RunState | null): ShownPrediction[] => {
  const answered = state?.result?.predictions ?? []
  if (answered.length > 0 || state === null) return answered
  return [...state.outputs].map(([index, outputs]) => ({ index, outputs, error: null }))
}
