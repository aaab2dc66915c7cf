import type { Layer } from '../viewers/picture/layer.ts'

/** Width divided by height of a cover. */
const coverRatio = 16 / 10

/** A part of a picture, in pixels of the picture. */
export type Frame = { x: number; y: number; width: number; height: number }

const clamp = (value: number, most: number) => Math.max(0, Math.min(most, value))

/**
 * The part of a picture that fills a cover. It shows the findings from their top, or the middle of the
 * picture if there are none.
 */
export const coverFrame = (size: { width: number; height: number }, layer: Layer | null): Frame => {
  const width = Math.min(size.width, size.height * coverRatio)
  const height = Math.min(size.height, size.width / coverRatio)
  const shapes = layer?.shapes ?? []
  const boxes = shapes.flatMap(({ box }) =>
    box === null ? [] : [{ x: (box.xmin + box.xmax) / 2, y: box.ymin }],
  )
  const places = boxes.length > 0 ? boxes : shapes.flatMap(({ points }) => points)
  if (places.length === 0)
    return { x: (size.width - width) / 2, y: (size.height - height) / 2, width, height }
  const middle = places.reduce((sum, { x }) => sum + x, 0) / places.length
  const top = places.reduce((least, { y }) => Math.min(least, y), size.height)
  return {
    x: clamp(middle - width / 2, size.width - width),
    y: clamp(top - height * 0.08, size.height - height),
    width,
    height,
  }
}

/** The smallest part of the picture's width and height that a cover may show, to bring the findings closer. */
const closest = 0.5

/**
 * The part of a picture around some boxes with a margin. It stays large enough to show where in the picture
 * they are.
 */
export const closeFrame = (
  size: { width: number; height: number },
  boxes: readonly { x: number; y: number; width: number; height: number }[],
): Frame => {
  const whole = coverFrame(size, null)
  if (boxes.length === 0) return whole
  const left = Math.min(...boxes.map(({ x }) => x))
  const right = Math.max(...boxes.map(({ x, width }) => x + width))
  const top = Math.min(...boxes.map(({ y }) => y))
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height))
  const wanted = Math.max(right - left, (bottom - top) * coverRatio) * 1.3
  const width = Math.min(whole.width, Math.max(whole.width * closest, wanted))
  const height = width / coverRatio
  return {
    x: clamp((left + right) / 2 - width / 2, size.width - width),
    y: clamp((top + bottom) / 2 - height / 2, size.height - height),
    width,
    height,
  }
}

/** The place of a picture so that a part of it fills the cover, as shares of the cover. */
export const frameStyle = (
  size: { width: number; height: number },
  frame: Frame,
): Record<string, string> => ({
  width: `${(size.width / frame.width) * 100}%`,
  height: `${(size.height / frame.height) * 100}%`,
  left: `${(-frame.x / frame.width) * 100}%`,
  top: `${(-frame.y / frame.height) * 100}%`,
})
