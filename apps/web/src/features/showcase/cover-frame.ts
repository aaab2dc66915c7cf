import type { Layer } from '../../shared/viewers/picture/layer.ts'

/** Width by height of a cover. */
const coverRatio = 16 / 10

/** A part of a picture, in its pixels. */
export type Frame = { x: number; y: number; width: number; height: number }

const clamp = (value: number, most: number) => Math.max(0, Math.min(most, value))

/** The part of a picture that fills a cover, placed so that what was found is seen from its top, or in the middle where nothing was. */
export const coverFrame = (size: { width: number; height: number }, layer: Layer | null): Frame => {
  const width = Math.min(size.width, size.height * coverRatio)
  const height = Math.min(size.height, size.width / coverRatio)
  const places = (layer?.shapes ?? []).flatMap(({ box, points }) =>
    box === null ? points : [{ x: (box.xmin + box.xmax) / 2, y: box.ymin }],
  )
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
