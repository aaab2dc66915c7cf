import type { Comparison, Json, Run } from '@vitrine/contract'
import { runSeconds } from '../runs/run-state.ts'
import type { AlgorithmWords } from './algorithm-words.ts'

/** One column as the board shows it. */
export type BoardColumn = {
  /** A, B, C or D: short, and the same in the summary, the differences and the exported files. */
  letter: string
  serviceId: string
  name: string
  release: number | null
  /** Parameters in which the columns differ; all of them where the algorithms do. */
  settings: { key: string; title: string; value: string }[]
  status: Run['status']
  /** 0–1, null until it is known. */
  progress: number | null
  message: string | null
  run: Run | null
  error: { code: string; message: string; details?: Json } | null
  /** From the run's start to its end; null while it goes on. */
  seconds: number | null
}

const letters = 'ABCDEFGH'

/** The letter of a column, by its place from 0. */
export const letterOf = (place: number): string => letters[place] ?? String(place + 1)

/** Keys of the parameters that are not the same in all targets. */
export const differingParameters = (targets: readonly { parameters: Record<string, Json> }[]): string[] => {
  const keys = [...new Set(targets.flatMap(({ parameters }) => Object.keys(parameters)))]
  return keys.filter(
    (key) => new Set(targets.map(({ parameters }) => JSON.stringify(parameters[key]))).size > 1,
  )
}

/** The columns of a comparison, with what is known of their runs so far. */
export const boardColumns = (
  { cells }: Pick<Comparison, 'cells'>,
  runs: readonly Run[],
  words: Pick<AlgorithmWords, 'nameOf' | 'settingOf'>,
): BoardColumn[] => {
  const byId = new Map(runs.map((run) => [run.id, run]))
  return cells.map(({ target, run_id, status, error }, place) => {
    const run = (run_id === null ? undefined : byId.get(run_id)) ?? null
    const kin = cells.filter((cell) => cell.target.service_id === target.service_id)
    const keys =
      kin.length > 1 ? differingParameters(kin.map((cell) => cell.target)) : Object.keys(target.parameters)
    return {
      letter: letterOf(place),
      serviceId: target.service_id,
      name: words.nameOf(target.service_id),
      release: run?.release ?? target.release ?? null,
      settings: keys.map((key) => ({
        key,
        ...words.settingOf(target.service_id, key, target.parameters[key]),
      })),
      status: run?.status ?? status,
      progress: run?.progress ?? null,
      message: run?.progress_message ?? null,
      run,
      error: run?.error ?? error,
      seconds: run === null ? null : runSeconds(run),
    }
  })
}

/** Whether a column has something that can be compared: a run that failed as a whole has not. */
export const hasAnswer = ({ run }: Pick<BoardColumn, 'run'>): boolean =>
  run?.result?.predictions.some(({ outputs }) => outputs.length > 0) === true
