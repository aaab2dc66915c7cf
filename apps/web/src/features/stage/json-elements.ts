import type { Json } from '@vitrine/contract'

/** Elements as a person edits them: a single one by itself, several as the list that they are. */
export const writeElements = (elements: readonly Json[]): string =>
  JSON.stringify(elements.length === 1 ? elements[0] : elements, null, 2)

/** What was written, as elements; or the parser's words on what is wrong. With `several`, a list is the elements. */
export const readElements = (text: string, several: boolean): { elements: Json[] } | { problem: string } => {
  try {
    const value: Json = JSON.parse(text)
    return { elements: several && Array.isArray(value) ? value : [value] }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}
