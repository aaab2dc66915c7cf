import type { Json } from '@vitrine/contract'

const longest = 80

/** One line that says what a run was given: the start of a text, or the JSON of what is neither text nor medium. */
export const inputSummary = (inputData: readonly Json[]): string => {
  const [first] = inputData
  const line = (typeof first === 'string' ? first : first === undefined ? '' : JSON.stringify(first))
    .replace(/\s+/g, ' ')
    .trim()
  const points = Array.from(line)
  return points.length > longest ? `${points.slice(0, longest).join('')}…` : line
}
