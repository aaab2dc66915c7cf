import { kindNamed } from '../../shared/kinds/registry.ts'
import type { BoardColumn } from './board-columns.ts'

/**
 * Whether the columns show media to play, with the frame rate (null: sound, or unknown). Null if there is
 * nothing to play.
 */
export const mediaOf = (
  columns: readonly Pick<BoardColumn, 'predictions'>[],
): { frameRate: number | null } | null => {
  const outputs = columns.flatMap(({ predictions }) =>
    predictions.flatMap((prediction) => prediction.outputs),
  )
  const playing = outputs.filter(({ kind }) => kindNamed(kind)?.played === true)
  if (playing.length === 0) return null
  const rates = playing.flatMap(({ kind, data }) => kindNamed(kind)?.frameRate(data) ?? [])
  return { frameRate: rates[0] ?? null }
}
