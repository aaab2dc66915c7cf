import type { Json } from '@vitrine/contract'
import { inputSummary } from './input-summary.ts'

type Example = { name: string; input_data: Json[] }

/** What to call a run by its input: the text itself, the demo input's name, how many elements; null: something of one's own. */
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
