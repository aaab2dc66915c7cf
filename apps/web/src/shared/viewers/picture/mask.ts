import type { BrokenRule } from '@vitrine/contract'

/** Which pixels of a picture belong to something: one byte a pixel, row by row, 1 for those that do. */
export type MaskBits = { width: number; height: number; bits: Uint8Array }
/** A mask as it came: decoded, or the address of a picture of it. */
export type Mask = { type: 'bits'; mask: MaskBits } | { type: 'picture'; url: string }

/** Why a mask cannot be read. */
export type MaskProblem = Pick<BrokenRule, 'rule' | 'values'>

/** More than an 8K picture has. */
const mostPixels = 64 * 1024 * 1024

/**
 * Decodes run lengths as COCO writes them (github.com/cocodataset/cocoapi, uncompressed): `size` is [height, width], `counts` are
 * the lengths of runs of 0 and 1 in turns, beginning with 0, down the columns from left to right.
 * Answers why not where the runs do not fill the size exactly.
 */
export const decodeRunLengths = ({
  size: [height, width],
  counts,
}: {
  size: readonly [number, number]
  counts: readonly number[]
}): { ok: true; mask: MaskBits } | { ok: false; problem: MaskProblem } => {
  const pixels = width * height
  if (!Number.isInteger(width) || !Number.isInteger(height) || pixels <= 0 || pixels > mostPixels)
    return { ok: false, problem: { rule: 'field.mask_size', values: { height, width } } }
  if (!counts.every((count) => Number.isInteger(count) && count >= 0))
    return { ok: false, problem: { rule: 'field.mask_counts', values: {} } }
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total !== pixels)
    return { ok: false, problem: { rule: 'field.mask_pixels', values: { total, pixels } } }
  const bits = new Uint8Array(pixels)
  let at = 0
  counts.forEach((count, run) => {
    if (run % 2 === 1)
      for (let pixel = at; pixel < at + count; pixel++)
        bits[(pixel % height) * width + Math.floor(pixel / height)] = 1
    at += count
  })
  return { ok: true, mask: { width, height, bits } }
}

/**
 * The middle of what a mask marks, in pixels of the picture, whose size may be another than the mask's; null where it marks
 * nothing.
 */
export const middleOf = (
  { width, height, bits }: MaskBits,
  picture: { width: number; height: number },
): { x: number; y: number } | null => {
  let [count, sumX, sumY] = [0, 0, 0]
  bits.forEach((bit, pixel) => {
    if (bit === 0) return
    count++
    sumX += (pixel % width) + 0.5
    sumY += Math.floor(pixel / width) + 0.5
  })
  if (count === 0) return null
  return { x: (sumX / count / width) * picture.width, y: (sumY / count / height) * picture.height }
}

/**
 * How much each pixel of a picture of a mask belongs to it, 0–255: by its transparency where it has any, else by its brightness,
 * since masks come as white on black as well as drawn on nothing. `pixels` are RGBA.
 */
export const strengthsOf = (pixels: Uint8ClampedArray): Uint8ClampedArray => {
  const strengths = new Uint8ClampedArray(pixels.length / 4)
  let isClear = false
  for (let at = 3; at < pixels.length && !isClear; at += 4) isClear = (pixels[at] ?? 255) < 255
  strengths.forEach((_, pixel) => {
    const [red = 0, green = 0, blue = 0, alpha = 0] = pixels.subarray(pixel * 4, pixel * 4 + 4)
    strengths[pixel] = isClear ? alpha : Math.max(red, green, blue)
  })
  return strengths
}
