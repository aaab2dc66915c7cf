import type { BrokenRule } from '@vitrine/contract'

/** Which pixels of a picture are marked: one byte for each pixel, row by row, with 1 for marked ones. */
export type MaskBits = { width: number; height: number; bits: Uint8Array }
/** A mask as it arrived: decoded, or the address of its picture. */
export type Mask = { type: 'bits'; mask: MaskBits } | { type: 'picture'; url: string }

/** Why a mask cannot be read. */
export type MaskProblem = Pick<BrokenRule, 'rule' | 'values'>

/** More than an 8K picture has. */
const mostPixels = 64 * 1024 * 1024

/**
 * Decodes COCO's uncompressed run lengths (github.com/cocodataset/cocoapi). `size` is [height, width];
 * `counts` are the lengths of alternating runs of 0 and 1, beginning with 0, down the columns from left to
 * right. Answers the problem if the runs do not fill the size exactly.
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
 * The middle of the marked pixels, in pixels of the picture, whose size may differ from the mask's. Null if
 * nothing is marked.
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
 * How strongly each pixel of a mask's picture is marked, 0–255. Uses its transparency if there is any, else
 * its brightness, because masks may be white on black or drawn on a transparent background. `pixels` are
 * RGBA.
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
