import type { PredictResponse } from '@vitrine/contract'
import type { RunState } from './run-state.ts'

/** The parts of one element's prediction that are shown. */
export type ShownPrediction = Pick<PredictResponse['predictions'][number], 'index' | 'outputs' | 'error'>

/** The prediction for each element: of the finished run, or what has been found so far. */
export const shownPredictions = (state: RunState | null): ShownPrediction[] => {
  const answered = state?.result?.predictions ?? []
  if (answered.length > 0 || state === null) return answered
  return [...state.outputs].map(([index, outputs]) => ({ index, outputs, error: null }))
}
