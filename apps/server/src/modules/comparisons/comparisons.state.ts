import type { Comparison, Run, RunStatus } from '@vitrine/contract'
import { comparedRunGone } from './comparisons.errors.ts'
import type { StoredCell } from './comparisons.tables.ts'

const isOpen = (status: RunStatus) => status === 'queued' || status === 'running'

/** State of the whole: under way as long as one cell is, then as good as its cells together. Pure. */
export function comparisonStatus(cells: readonly RunStatus[]): RunStatus {
  const all = (status: RunStatus) => cells.every((cell) => cell === status)
  if (all('queued')) return 'queued'
  if (cells.some(isOpen)) return 'running'
  if (all('succeeded')) return 'succeeded'
  if (all('cancelled')) return 'cancelled'
  return cells.some((cell) => cell === 'succeeded' || cell === 'partial') ? 'partial' : 'failed'
}

/** A cell as its run stands; one whose run is gone has failed. Pure. */
export function cellOf(
  stored: StoredCell,
  run: Pick<Run, 'status' | 'error'> | null,
): Comparison['cells'][number] {
  const { target } = stored
  if (run === null) {
    const gone = comparedRunGone({})
    const error = { code: gone.code, message: gone.messageIn('zh') }
    return { target, run_id: null, status: 'failed', error }
  }
  const error = run.error && { code: run.error.code, message: run.error.message }
  return { target, run_id: stored.run_id, status: run.status, error }
}
