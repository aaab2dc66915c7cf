import type { Comparison, Json, Run, Say } from '@vitrine/contract'
import { shownPredictions, type ShownPrediction } from '../runs/run-predictions.ts'
import { runSeconds, type RunState } from '../runs/run-state.ts'
import type { AlgorithmWords } from './algorithm-words.ts'

/** One column of the comparison, ready to be shown. */
export type BoardColumn = {
  /** A, B, C or D. The same letter is used in the summary, the differences and the exported files. */
  letter: string
  serviceId: string
  name: string
  /** The titles of its algorithm's outputs by name. */
  titles: Record<string, string>
  /** Says the texts of its results in the reader's language, with the words of its own algorithm alone. */
  say: Say | undefined
  release: number | null
  /** The parameters in which the columns differ. If the algorithms differ, all parameters. */
  settings: { key: string; title: string; value: string }[]
  status: Run['status']
  /** 0–1. Null until it is known. */
  progress: number | null
  message: string | null
  run: Run | null
  /** The predictions for each element: those of the finished run, or those so far. */
  predictions: ShownPrediction[]
  error: { code: string; message: string; details?: Json } | null
  /** The duration of the run in seconds. Null while it is running. */
  seconds: number | null
}

const letters = 'ABCDEFGH'

/** The letter of a column, by its index from 0. */
export const letterOf = (place: number): string => letters[place] ?? String(place + 1)

/** The keys of the parameters that are not the same in all targets. */
export const differingParameters = (targets: readonly { parameters: Record<string, Json> }[]): string[] => {
  const keys = [...new Set(targets.flatMap(({ parameters }) => Object.keys(parameters)))]
  return keys.filter(
    (key) => new Set(targets.map(({ parameters }) => JSON.stringify(parameters[key]))).size > 1,
  )
}

/** The columns of a comparison, with what is known about their runs so far. */
export const boardColumns = (
  { cells }: Pick<Comparison, 'cells'>,
  states: readonly RunState[],
  words: AlgorithmWords,
): BoardColumn[] => {
  const byId = new Map(states.map((state) => [state.id, state]))
  return cells.map(({ target, run_id, status, error }, place) => {
    const state = (run_id === null ? undefined : byId.get(run_id)) ?? null
    const run = state?.run ?? null
    const kin = cells.filter((cell) => cell.target.service_id === target.service_id)
    const keys =
      kin.length > 1 ? differingParameters(kin.map((cell) => cell.target)) : Object.keys(target.parameters)
    return {
      letter: letterOf(place),
      serviceId: target.service_id,
      name: words.nameOf(target.service_id),
      titles: words.titlesOf(target.service_id),
      say: words.sayOf(target.service_id),
      release: run?.release ?? target.release ?? null,
      settings: keys.map((key) => ({
        key,
        ...words.settingOf(target.service_id, key, target.parameters[key]),
      })),
      status: state?.status ?? status,
      progress: state?.progress ?? null,
      message: state?.message ?? null,
      run,
      predictions: shownPredictions(state),
      error: run?.error ?? error,
      seconds: run === null ? null : runSeconds(run),
    }
  })
}

/** Whether a column has something to compare. A run that failed as a whole does not. */
export const hasAnswer = ({ run }: Pick<BoardColumn, 'run'>): boolean =>
  run?.result?.predictions.some(({ outputs }) => outputs.length > 0) === true
