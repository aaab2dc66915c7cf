import type { Json } from '@vitrine/contract'

/** The input as a text that a cover can show, or null if it is none. */
export const writtenInput = (input: Json): string | null =>
  typeof input === 'string' && input.trim() !== '' ? input : null
