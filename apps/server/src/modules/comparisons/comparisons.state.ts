import type { Comparison, RunStatus } from '@vitrine/contract'
import { sentenceFor, type Audience } from '../../lib/disclosure.ts'
import type { Words } from '../../lib/words.ts'
import { failureOf, type RunRecord } from '../runs/run-record.ts'
import { comparedRunGone } from './comparisons.errors.ts'
import type { StoredCell } from './comparisons.tables.ts'

const isOpen = (status: RunStatus) => status === 'queued' || status === 'running'

/** The state of a comparison: running while one cell is, then the overall result of its cells. Pure. */
export function comparisonStatus(cells: readonly RunStatus[]): RunStatus {
  const all = (status: RunStatus) => cells.every((cell) => cell === status)
  if (all('queued')) return 'queued'
  if (cells.some(isOpen)) return 'running'
  if (all('succeeded')) return 'succeeded'
  if (all('cancelled')) return 'cancelled'
  return cells.some((cell) => cell === 'succeeded' || cell === 'partial') ? 'partial' : 'failed'
}

type Cell = Comparison['cells'][number]
type Failure<Message> = Omit<NonNullable<Cell['error']>, 'message'> & { message: Message }
type CellRecord = Omit<Cell, 'error'> & { error: Failure<Words> | null }

/** A comparison with the state of its runs. Errors have their sentence in every language. */
export type ComparisonRecord = Omit<Comparison, 'cells'> & { cells: CellRecord[] }

/** A cell with the state of its run. A cell whose run has been deleted counts as failed. Pure. */
export function cellOf(stored: StoredCell, run: Pick<RunRecord, 'status' | 'error'> | null): CellRecord {
  const { target } = stored
  if (run === null) {
    const { code, message } = failureOf(comparedRunGone({}))
    return { target, run_id: null, status: 'failed', error: { code, message } }
  }
  const error = run.error && { code: run.error.code, message: run.error.message }
  return { target, run_id: stored.run_id, status: run.status, error }
}

/** A comparison as one reader may see it. Pure. */
export const comparisonIn = (record: ComparisonRecord, audience: Audience): Comparison => ({
  ...record,
  cells: record.cells.map(({ error, ...cell }) => ({
    ...cell,
    error: error && { ...error, message: sentenceFor(error, audience) },
  })),
})
