import type { Json, PredictResponse, ShowcaseItem } from '@vitrine/contract'
import { isResultKind, resultKinds } from '@vitrine/contract/results'
import { coverText } from '@vitrine/contract/results/parts'
import { dataOf } from '../runs/key-orders.ts'

/** Largest data of one output in a cover, in bytes of JSON. The showcase is one answer for hundreds of algorithms. */
const largest = 16 * 1024

/**
 * Words of more bytes, as the database writes JSON, are too large for a cover. The database writes a space after each `:` and
 * `,`, so its text is less than twice as long as the one that is measured for a cover.
 */
export const largestWords = 2 * largest

const isSmall = (data: Json): boolean => Buffer.byteLength(JSON.stringify(data), 'utf8') <= largest

const isDrawnOnInput = (kind: string): boolean => isResultKind(kind) && resultKinds[kind].drawnOnInput
const forCover = (kind: string, data: Json): Json =>
  isResultKind(kind) ? resultKinds[kind].forCover(data) : data

function inputForCover(input: Json): Json {
  if (typeof input === 'string') return coverText(input)
  return isSmall(input) ? input : null
}

/** The part of a run's result and input that a cover shows. Null if there is nothing, or too much. */
export function coverSample(input: Json, result: PredictResponse | null): ShowcaseItem['sample'] {
  const [first, ...others] = result?.predictions[0]?.outputs ?? []
  if (first === undefined) return null
  const data = forCover(first.kind, dataOf(first))
  if (!isSmall(data)) return null
  const more = isDrawnOnInput(first.kind)
    ? others.filter((output) => isDrawnOnInput(output.kind) && isSmall(output.data))
    : []
  return {
    input: inputForCover(input),
    kind: first.kind,
    data,
    more: more.map((output) => ({ kind: output.kind, data: output.data })),
  }
}

/** A cover with the words of its results in the reader's language, unless these are too many. */
export const inWords = (
  sample: ShowcaseItem['sample'],
  words: Record<string, string> | undefined,
): ShowcaseItem['sample'] => sample && { ...sample, ...(words && isSmall(words) && { words }) }
