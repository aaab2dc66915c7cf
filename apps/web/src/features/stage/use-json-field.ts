import type { Json } from '@vitrine/contract'
import { ref, watch, type Ref } from 'vue'
import { readElements } from './json-elements.ts'

const asText = (value: Json | undefined): string => (value === undefined ? '' : JSON.stringify(value))

/**
 * The text of a field for a JSON value. `problem` is the parser's message while the text is no JSON; the value stays the last one
 * then. A value from elsewhere, such as that of another demo input, replaces the text, also a wrong one.
 */
export const useJsonField = (
  value: () => Json | undefined,
  change: (value: Json | undefined) => void,
): { text: Ref<string>; problem: Ref<string | null>; write: (text: string) => void } => {
  const text = ref('')
  const problem = ref<string | null>(null)
  /** What was written here last, which comes back as the value. The text stays as it was typed. */
  let written: string | null = null
  watch(
    () => asText(value()),
    (now) => {
      if (now === written) return
      written = null
      text.value = now
      problem.value = null
    },
    { immediate: true },
  )
  const write = (typed: string) => {
    text.value = typed
    const read = typed.trim() === '' ? { elements: [undefined] } : readElements(typed)
    problem.value = 'problem' in read ? read.problem : null
    if ('problem' in read) return
    written = asText(read.elements[0])
    change(read.elements[0])
  }
  return { text, problem, write }
}
