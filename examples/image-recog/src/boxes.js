/** @typedef {{ xmin: number, ymin: number, xmax: number, ymax: number }} Box */

/**
 * A box of Human, `[x, y, width, height]`, moved by the offset, cut to the bounds, and in pixels of the original.
 * @returns {Box}
 */
export function move([x, y, width, height], offset, bounds, enlargement) {
  const within = (value, low, high) => Math.min(Math.max(value, low), high)
  const left = x + offset.x
  const top = y + offset.y
  return {
    xmin: Math.round(within(left, bounds.xmin, bounds.xmax) * enlargement),
    ymin: Math.round(within(top, bounds.ymin, bounds.ymax) * enlargement),
    xmax: Math.round(within(left + width, bounds.xmin, bounds.xmax) * enlargement),
    ymax: Math.round(within(top + height, bounds.ymin, bounds.ymax) * enlargement),
  }
}

/**
 * Intersection over union of two boxes, 0 … 1.
 * @param {Box} a
 * @param {Box} b
 */
export function overlap(a, b) {
  const width = Math.min(a.xmax, b.xmax) - Math.max(a.xmin, b.xmin)
  const height = Math.min(a.ymax, b.ymax) - Math.max(a.ymin, b.ymin)
  if (width <= 0 || height <= 0) return 0
  const shared = width * height
  return shared / (area(a) + area(b) - shared)
}

/**
 * Among things that overlap more than allowed, keeps the one with the highest score. The highest scores come
 * first.
 * @template {{ score: number, box: Box }} Thing
 * @param {Thing[]} things
 * @param {number} allowed
 * @returns {Thing[]}
 */
export function keepDistinct(things, allowed) {
  const kept = []
  for (const thing of things.toSorted((a, b) => b.score - a.score)) {
    if (kept.every((other) => overlap(other.box, thing.box) <= allowed)) kept.push(thing)
  }
  return kept
}

const area = (box) => (box.xmax - box.xmin) * (box.ymax - box.ymin)
