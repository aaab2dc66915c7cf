import type { Json } from '@vitrine/contract'
import { inputSummary } from './input-summary.ts'

type Example = { name: string; input_data: Json[] }

/**
 * The title of a run, from its input: the text itself, the name of the demo input, or the number of elements.
 * Null: an input of the person's own.
 */
export const inputTitle = (
  input: readonly Json[],
  examples: readonly Example[],
): { text: string } | { count: number } | null => {
  if (typeof input[0] === 'string') return { text: inputSummary(input) }
  const same = JSON.stringify(input)
  const example = examples.find(({ input_data }) => JSON.stringify(input_data) === same)
  if (example !== undefined) return { text: example.name }
  return input.length > 1 ? { count: input.length } : null
}
