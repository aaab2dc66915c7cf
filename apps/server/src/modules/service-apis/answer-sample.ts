import type { Json } from '@vitrine/contract'
import { isObject } from '@vitrine/contract/schema-check'

/** How much of an answer is looked at: the number of its values, and the characters of one text. */
export type SampleBounds = { values: number; text: number }

/** How many items of a list, and members of an object, are kept: the first of these with which the sample is small enough. */
const widths = [Infinity, 2_000, 200, 20, 1]

type Cutting = { width: number; text: number; left: number }

/** The value with its lists and objects cut; undefined if that is still more than may be kept. */
function cut(value: Json, to: Cutting): Json | undefined {
  to.left--
  if (to.left < 0) return undefined
  if (typeof value === 'string') return value.slice(0, to.text)
  if (Array.isArray(value)) {
    const kept: Json[] = []
    for (const each of value.slice(0, to.width)) {
      const part = cut(each, to)
      if (part === undefined) return undefined
      kept.push(part)
    }
    return kept
  }
  if (!isObject(value)) return value
  const kept: [string, Json][] = []
  for (const [name, each] of Object.entries(value).slice(0, to.width)) {
    const part = cut(each, to)
    if (part === undefined) return undefined
    kept.push([name, part])
  }
  return Object.fromEntries(kept)
}

/**
 * A part of an answer that can be looked at in a bounded time: of each list the first items, of each object the first
 * members, so that no part of it is lost as a whole. The answer itself if it is small enough. Pure.
 */
export function sampleOf(answer: Json, { values, text }: SampleBounds): { sample: Json; isCut: boolean } {
  for (const width of widths) {
    const sample = cut(answer, { width, text, left: values })
    if (sample !== undefined) return { sample, isCut: width !== Infinity }
  }
  // Even with one value of each list it is too large, because the answer is nested very deeply.
  return { sample: null, isCut: true }
}
