import { anchorOf, type Shape } from './layer.ts'

/** A shape's label on the picture, placed in percent of its width and height. */
export type Tag = {
  id: string
  text: string
  score: string
  /** Below the anchor: for points, and for a box without room above. */
  below: boolean
  position: { top: string; left?: string; right?: string }
}

/** Whether most of a shape's points are inside the box of another shape. */
const surrounds = ({ box }: Shape, { points }: Shape): boolean =>
  box !== null &&
  points.filter(({ x, y }) => x >= box.xmin && x <= box.xmax && y >= box.ymin && y <= box.ymax).length * 2 >
    points.length

/** The labels of the shapes. Points inside a box with the same label have none, because the box already shows it. */
export const tagsOf = (shapes: readonly Shape[], size: { width: number; height: number }): Tag[] => {
  const boxes = shapes.filter((shape) => shape.box !== null)
  return shapes.flatMap((shape) => {
    const anchor = anchorOf(shape, size)
    if (anchor === null) return []
    if (
      shape.points.length > 0 &&
      shape.box === null &&
      boxes.some((box) => box.label === shape.label && surrounds(box, shape))
    )
      return []
    const [left, top] = [(anchor.x / size.width) * 100, (anchor.y / size.height) * 100]
    return [
      {
        id: shape.id,
        text: shape.label,
        score: shape.score === null || shape.score > 1 ? '' : `${Math.round(shape.score * 100)}%`,
        below: shape.box === null ? top < 95 : top < 5,
        position: {
          top: `${Math.max(0, top)}%`,
          ...(left > 78 ? { right: '0%' } : { left: `${Math.max(0, left)}%` }),
        },
      },
    ]
  })
}
