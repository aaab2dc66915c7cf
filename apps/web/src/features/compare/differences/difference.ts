import type { Json, Output } from '@vitrine/contract'
import type { ResultData } from '@vitrine/contract/results'
import { resultSchemas } from '../../../shared/viewers/read-data.ts'
import { dataIn } from '../data-in.ts'
import { matchBoxes, type BoxMatch } from './boxes.ts'
import { compareLabels, type LabelChange } from './labels.ts'
import { compareNumbers, type NumberChange } from './numbers.ts'
import { compareSpans, type SpanDifference } from './spans.ts'
import { compareTracks, type TrackDifference } from './tracks.ts'
import { compareWords, type WordDifference } from './words.ts'

type Found = ResultData<'detection'>
/** How one output differs from the base's output of the same kind. */
export type Difference =
  | { type: 'boxes'; match: BoxMatch; base: Found; other: Found }
  | { type: 'words'; words: WordDifference }
  | { type: 'labels'; labels: LabelChange[] }
  | { type: 'number'; change: NumberChange; unit: string }
  | { type: 'spans'; spans: SpanDifference }
  | { type: 'tracks'; tracks: TrackDifference }
  | { type: 'data'; equal: boolean }

/** Two outputs that belong together: the same kind under the same name, or the next of that kind. */
export const pairOutputs = (
  base: readonly Output[],
  other: readonly Output[],
): { base: Output; other: Output }[] => {
  const left = [...base]
  return other.flatMap((output) => {
    const kin = left.filter(({ kind }) => kind === output.kind)
    const found = kin.find(({ name }) => name === output.name) ?? kin[0]
    if (found === undefined) return []
    left.splice(left.indexOf(found), 1)
    return [{ base: found, other: output }]
  })
}

// Bytes elsewhere: there is nothing in them to compare.
const opaque: readonly string[] = ['image', 'video', 'audio', 'file']

/** Compares two outputs of one kind; null where that kind cannot be compared or the data is not in its form. */
export const differenceOf = async (base: Output, other: Output): Promise<Difference | null> => {
  if (opaque.includes(other.kind)) return null
  const schemas = await resultSchemas()
  const both = <Data>(schema: Parameters<typeof dataIn<Data>>[0]) => {
    const [before, after] = [dataIn(schema, base.data), dataIn(schema, other.data)]
    return before === null || after === null ? null : { base: before, other: after }
  }
  switch (other.kind) {
    case 'detection': {
      const read = both(schemas.detection)
      return read && { type: 'boxes', match: matchBoxes(read.base, read.other), ...read }
    }
    case 'classification': {
      const read = both(schemas.classification)
      return read && { type: 'labels', labels: compareLabels(read.base, read.other) }
    }
    case 'number': {
      const read = both(schemas.number)
      const unit = read?.other.unit ?? ''
      return read && { type: 'number', change: compareNumbers(read.base.value, read.other.value), unit }
    }
    case 'transcript': {
      const read = both(schemas.transcript)
      return read && { type: 'words', words: await compareWords(read.base.text, read.other.text) }
    }
    case 'tokens': {
      const read = both(schemas.tokens)
      return read && { type: 'spans', spans: compareSpans(read.base, read.other) }
    }
    case 'tracks': {
      const read = both(schemas.tracks)
      return read && { type: 'tracks', tracks: compareTracks(read.base, read.other) }
    }
    case 'text':
    case 'markdown':
      if (typeof base.data !== 'string' || typeof other.data !== 'string') return null
      return { type: 'words', words: await compareWords(base.data, other.data) }
    default:
      return { type: 'data', equal: canonical(base.data) === canonical(other.data) }
  }
}

/** JSON with the fields of every object in the order of their names. */
const canonical = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join()}}`
}
