import type { Json } from '@vitrine/contract'

/** How elements are written in an editor: one text as it is, or anything as JSON. */
export type Writing = 'text' | 'json'

/** How elements are written before a person chooses: as a text if they are one. Pure. */
export const writingOf = (elements: readonly Json[]): Writing =>
  elements.length === 1 && typeof elements[0] === 'string' ? 'text' : 'json'

/** Elements as text for editing: in JSON, a single one alone and several as a list. Pure. */
export const writeElements = (elements: readonly Json[], writing: Writing = 'json'): string => {
  const [first] = elements
  if (writing === 'text' && typeof first === 'string') return first
  return JSON.stringify(elements.length === 1 ? first : elements, null, 2)
}

/**
 * Reads the elements of an editor, or gives the parser's message. A text is itself, whatever it looks like. In JSON, with
 * `several`, a list is the list of elements. Pure.
 */
export const readElements = (
  text: string,
  { several = false, writing = 'json' }: { several?: boolean; writing?: Writing } = {},
): { elements: Json[] } | { problem: string } => {
  if (writing === 'text') return { elements: [text] }
  try {
    const value: Json = JSON.parse(text)
    return { elements: several && Array.isArray(value) ? value : [value] }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * The type that a text would have if it were parsed as JSON: a number, a list and so on. Null if it would also be a
 * text. Pure.
 */
export const otherReading = (text: string): 'number' | 'boolean' | 'null' | 'list' | 'object' | null => {
  const read = readElements(text)
  if ('problem' in read) return null
  const [value] = read.elements
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'number') return 'number'
  if (typeof value === 'boolean') return 'boolean'
  return typeof value === 'object' ? 'object' : null
}
