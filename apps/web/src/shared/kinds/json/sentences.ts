import type { Json } from '@vitrine/contract'

/** The sentences of a value that is a list of texts; null for any other value. */
export const sentencesIn = (data: Json): string[] | null => {
  if (!Array.isArray(data) || data.length === 0) return null
  const texts = data.filter((item) => typeof item === 'string')
  return texts.length === data.length ? texts : null
}
