import type { Json } from '@vitrine/contract'

const longest = 80

/** One line about the input of a run: the start of a text, or the JSON of anything that is neither text nor media. */
export const inputSummary = (inputData: readonly Json[]): string => {
  const [first] = inputData
  const line = (typeof first === 'string' ? first : first === undefined ? '' : JSON.stringify(first))
    .replace(/\s+/g, ' ')
    .trim()
  const points = Array.from(line)
  return points.length > longest ? `${points.slice(0, longest).join('')}…` : line
}
