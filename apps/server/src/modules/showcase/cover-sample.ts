import type { Json, Output, PredictResponse, ShowcaseItem } from '@vitrine/contract'
import { isResultKind, resultKinds } from '@vitrine/contract/results'
import { coverText } from '@vitrine/contract/results/parts'
import { dataOf } from '../runs/key-orders.ts'

/**
 * Largest data of the first output in a cover, and of all others together, in bytes of JSON. The showcase is one answer for hundreds of
 * algorithms.
 */
const largest = 16 * 1024

/**
 * Words of more bytes, as the database writes JSON, are too large for a cover. The database writes a space after each `:` and
 * `,`, so its text is less than twice as long as the one that is measured for a cover.
 */
export const largestWords = 2 * largest

const bytesOf = (data: Json): number => Buffer.byteLength(JSON.stringify(data), 'utf8')
const isSmall = (data: Json): boolean => bytesOf(data) <= largest

const isDrawnOnInput = (kind: string): boolean => isResultKind(kind) && resultKinds[kind].drawnOnInput
const forCover = (kind: string, data: Json): Json =>
  isResultKind(kind) ? resultKinds[kind].forCover(data) : data

function inputForCover(input: Json): Json {
  if (typeof input === 'string') return coverText(input)
  return isSmall(input) ? input : null
}

/** The other findings in the same picture, as many as a cover has room for: an algorithm may return thousands. */
function othersFor(outputs: readonly Output[]): { kind: string; data: Json }[] {
  let left = largest
  const shown = []
  for (const { kind, data } of outputs) {
    if (!isDrawnOnInput(kind)) continue
    const bytes = bytesOf({ kind, data })
    if (bytes > left) continue
    left -= bytes
    shown.push({ kind, data })
  }
  return shown
}

/** The part of a run's result and input that a cover shows. Null if there is nothing, or too much. */
export function coverSample(input: Json, result: PredictResponse | null): ShowcaseItem['sample'] {
  const [first, ...others] = result?.predictions[0]?.outputs ?? []
  if (first === undefined) return null
  const data = forCover(first.kind, dataOf(first))
  if (!isSmall(data)) return null
  const more = isDrawnOnInput(first.kind) ? othersFor(others) : []
  return {
    input: inputForCover(input),
    kind: first.kind,
    data,
    more,
  }
}

/** A cover with the words of its results in the reader's language, unless these are too many. */
export const inWords = (
  sample: ShowcaseItem['sample'],
  words: Record<string, string> | undefined,
): ShowcaseItem['sample'] => sample && { ...sample, ...(words && isSmall(words) && { words }) }
