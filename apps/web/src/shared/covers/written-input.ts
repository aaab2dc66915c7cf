import type { Json } from '@vitrine/contract'

/** The input as a text that a cover can show. Null if it is not a text. */
export const writtenInput = (input: Json): string | null =>
  typeof input === 'string' && input.trim() !== '' ? input : null
