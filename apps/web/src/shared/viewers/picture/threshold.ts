import { scoreRangeOf, type ScoreRange } from '../score-range.ts'
import type { Layer, LayerPoint, Shape } from './layer.ts'

/** The range of the scores in some layers. Null if nothing has a score. */
export const scoreRange = (layers: readonly Layer[]): ScoreRange | null => {
  const scores = layers.flatMap((layer) => layer.shapes.flatMap(scoresOf))
  if (scores.length === 0) return null
  const lowest = scores.reduce((a, b) => Math.min(a, b))
  const highest = scores.reduce((a, b) => Math.max(a, b))
  return scoreRangeOf(lowest, highest)
}

const scoresOf = ({ score, points }: Shape): number[] =>
  [score, ...points.map((point) => point.score)].filter((value) => value !== null)

const reaches = ({ score }: Shape | LayerPoint, threshold: number): boolean =>
  score === null || score >= threshold

/**
 * The shapes to draw: with a score of at least `threshold` and a visible label. Points below the threshold
 * are removed with the edges that end in them, so that no skeleton is drawn through uncertain points.
 */
export const visibleShapes = (
  layers: readonly Layer[],
  { threshold, hiddenLabels }: { threshold: number; hiddenLabels: ReadonlySet<string> },
): Shape[] =>
  layers
    .flatMap((layer) => layer.shapes)
    .filter((shape) => reaches(shape, threshold) && !hiddenLabels.has(shape.label))
    .map((shape) => withoutWeakPoints(shape, threshold))

const withoutWeakPoints = (shape: Shape, threshold: number): Shape => {
  if (shape.points.every((point) => reaches(point, threshold))) return shape
  const places = new Map<number, number>()
  const points = shape.points.filter((point, index) => {
    if (!reaches(point, threshold)) return false
    places.set(index, places.size)
    return true
  })
  const edges = shape.edges.flatMap(([from, to]): [number, number][] => {
    const start = places.get(from)
    const end = places.get(to)
    return start === undefined || end === undefined ? [] : [[start, end]]
  })
  return { ...shape, points, edges }
}

/**
 * Labels with the number of shapes that reach the threshold, sorted by name. Layers show the same things in
 * different ways (a face's box, a face's outline), so a label counts as often as in the layer that has most
 * of it.
 */
export const labelCounts = (
  layers: readonly Layer[],
  threshold: number,
): { label: string; count: number }[] => {
  const counts = new Map<string, number>()
  for (const { shapes } of layers)
    for (const [label, count] of countsOf(shapes, threshold))
      counts.set(label, Math.max(counts.get(label) ?? 0, count))
  return [...counts]
    .map(([label, count]) => ({ label, count }))
    .sort((a, b) => a.label.localeCompare(b.label))
}

const countsOf = (shapes: readonly Shape[], threshold: number): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const shape of shapes)
    counts.set(shape.label, (counts.get(shape.label) ?? 0) + (reaches(shape, threshold) ? 1 : 0))
  return counts
}
