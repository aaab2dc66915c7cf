import type { Json } from '@vitrine/contract'

const textOf = (line: Json): string | null => {
  if (typeof line === 'string') return line
  if (line === null || typeof line !== 'object' || Array.isArray(line)) return null
  return typeof line.text === 'string' ? line.text : null
}

/** The log lines that an error's details bring along: the longest list of texts, or of log lines `{text}`. */
export const errorLines = (details: Record<string, Json>): string[] => {
  const lists = Object.values(details).map((value) =>
    Array.isArray(value) ? value.map(textOf).filter((line) => line !== null) : [],
  )
  return lists.reduce((longest, list) => (list.length > longest.length ? list : longest), [])
}
