import type { Json } from '@vitrine/contract'
import { cutText } from '../../shared/cut-text.ts'

const longest = 80

/** One line about the input of a run: the start of a text, or the JSON of anything that is neither text nor media. */
export const inputSummary = (inputData: readonly Json[]): string => {
  const [first] = inputData
  const line = (typeof first === 'string' ? first : first === undefined ? '' : JSON.stringify(first))
    .replace(/\s+/g, ' ')
    .trim()
  return cutText(line, longest)
}
