import type { Json } from '@vitrine/contract'

/**
 * Elements as text for editing: a single one alone, several as a list. With `orText`, a single text has no
 * quotes, unless it would then be parsed as something else.
 */
export const writeElements = (elements: readonly Json[], orText = false): string => {
  const [first] = elements
  const plain = orText && elements.length === 1 && typeof first === 'string' && isNotJson(first)
  return plain ? first : JSON.stringify(elements.length === 1 ? first : elements, null, 2)
}

const isNotJson = (text: string): boolean => 'problem' in readElements(text)

/**
 * Parses the text to elements, or gives the parser's message. With `several`, a list is the list of elements.
 * With `orText`, anything that is not JSON is a text.
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
