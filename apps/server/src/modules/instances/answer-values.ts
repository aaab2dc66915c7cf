import { predictResponse, type PredictResponse } from '@vitrine/contract'
import { isObject } from '@vitrine/contract/schema-check'
import { jsonWeight } from '../../lib/json-weight.ts'
import { mostValueBytes } from './instance-facts.ts'

/** How often the bytes of an answer are in memory, without its values: as they come, together, as text. */
export const timesInMemory = 3

/** The values of an answer would take more memory than they may. */
export class ValuesTooLarge extends Error {
  constructor() {
    super(`the values of the answer take more than ${mostValueBytes} bytes of memory`)
  }
}

/**
 * The most predictions, outputs and metrics of one answer together. A check notes each that is wrong, and a note takes hundreds
 * of times the memory of a wrong value.
 */
const mostParts = 10_000

const itemsOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** Whether an answer or event of an algorithm has more parts than are checked. Pure. */
function hasTooManyParts(value: unknown): boolean {
  if (!isObject(value)) return false
  const { predictions, outputs, metrics } = value
  let parts = itemsOf(predictions).length + itemsOf(outputs).length
  if (isObject(metrics)) parts += Object.keys(metrics).length
  if (parts > mostParts) return true
  for (const prediction of itemsOf(predictions))
    if (isObject(prediction)) parts += itemsOf(prediction.outputs).length
  return parts > mostParts
}

/** The memory that the values of a text in JSON will take, in bytes. Throws {@link ValuesTooLarge}. Pure. */
export function weightWithin(text: Uint8Array): number {
  const bytes = jsonWeight(text)
  if (bytes > mostValueBytes) throw new ValuesTooLarge()
  return bytes
}

/** The JSON of an answer or event of an algorithm, whose weight is known. Throws if it is none, or has too many parts. Pure. */
export function parseParts(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (hasTooManyParts(value)) throw new Error(`more than ${mostParts} predictions, outputs and metrics`)
  return value
}

/** An answer of the algorithm contract. Throws if it is none, and {@link ValuesTooLarge}. Pure. */
export function parsePredictResponse(text: Buffer): PredictResponse {
  weightWithin(text)
  return predictResponse.parse(parseParts(text.toString('utf8')))
}
