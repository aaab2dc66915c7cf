import { middleOf, type Mask } from './mask.ts'

/** A rectangle in pixels of the picture, from the top left. */
type Box = { xmin: number; ymin: number; xmax: number; ymax: number }
/** A named point in pixels of the picture. */
export type LayerPoint = { name: string; x: number; y: number; score: number | null }

/** One thing in a picture: a box, points joined by edges (indexes of `points`), a mask, or several of these. */
export type Shape = {
  id: string
  label: string
  /** Null if the algorithm gives no score. Then no threshold hides it. */
  score: number | null
  box: Box | null
  points: LayerPoint[]
  edges: [number, number][]
  /** The mask of the part of the picture that it fills. */
  mask?: Mask
}

/** What one output draws on the picture. */
export type Layer = { name: string; kind: string; shapes: Shape[] }

/** The size in pixels that contains all shapes, used without a picture. At least 1 × 1. */
export const extentOf = (layers: readonly Layer[]): { width: number; height: number } => {
  let width = 1
  let height = 1
  for (const shape of layers.flatMap((layer) => layer.shapes)) {
    for (const { x, y } of cornersOf(shape)) {
      width = Math.max(width, x)
      height = Math.max(height, y)
    }
  }
  return { width, height }
}

const cornersOf = ({ box, points, mask }: Shape): { x: number; y: number }[] => [
  ...points,
  ...(box === null ? [] : [{ x: box.xmax, y: box.ymax }]),
  ...(mask?.type === 'bits' ? [{ x: mask.mask.width, y: mask.mask.height }] : []),
]

/**
 * Where the label of a shape is placed: the upper left corner of its box; the lowest of its points, because
 * heads are at the top; or the middle of its mask. `size` is the picture's.
 */
export const anchorOf = (
  { box, points, mask }: Shape,
  size: { width: number; height: number },
): { x: number; y: number } | null => {
  if (box !== null) return { x: box.xmin, y: box.ymin }
  if (mask?.type === 'bits') return middleOf(mask.mask, size)
  return points.reduce<LayerPoint | null>(
    (lowest, point) => (lowest === null || point.y > lowest.y ? point : lowest),
    null,
  )
}
