import type { Json } from '@vitrine/contract'

/**
 * Elements as a person edits them: a single one by itself, several as the list that they are. With `orText`, a single
 * text stands without quotes, unless it would then be read as something else.
 */
export const writeElements = (elements: readonly Json[], orText = false): string => {
  const [first] = elements
  const plain = orText && elements.length === 1 && typeof first === 'string' && isNotJson(first)
  return plain ? first : JSON.stringify(elements.length === 1 ? first : elements, null, 2)
}

const isNotJson = (text: string): boolean => 'problem' in readElements(text)

/**
 * What was written, as elements; or the parser's words on what is wrong. With `several`, a list is the elements; with
 * `orText`, what is not JSON is a text.
 */
export const readElements = (
  text: string,
  { several = false, orText = false }: { several?: boolean; orText?: boolean } = {},
): { elements: Json[] } | { problem: string } => {
  try {
    const value: Json = JSON.parse(text)
    return { elements: several && Array.isArray(value) ? value : [value] }
  } catch (error) {
    if (orText) return { elements: [text] }
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}
