import { middleOf, type Mask } from './mask.ts'

/** A rectangle in pixels of the picture, origin top left. */
type Box = { xmin: number; ymin: number; xmax: number; ymax: number }
/** A named place in pixels of the picture. */
export type LayerPoint = { name: string; x: number; y: number; score: number | null }

/** One thing found in a picture: a box, points joined by edges (indexes into `points`), an area, or several of these. */
export type Shape = {
  id: string
  label: string
  /** Null where the algorithm gives none: then no threshold hides it. */
  score: number | null
  box: Box | null
  points: LayerPoint[]
  edges: [number, number][]
  /** Area of the picture that it fills. */
  mask?: Mask
}

/** What one output draws on the picture. */
export type Layer = { name: string; kind: string; shapes: Shape[] }

/** Size in pixels that holds all shapes, for when there is no picture below them; at least 1 × 1. */
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

/** Where a shape's label is put: its box's upper left corner, or its lowest point, since heads are at the top; the middle of an area. `size` is the picture's. */
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
