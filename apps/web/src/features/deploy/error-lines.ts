import type { Json } from '@vitrine/contract'

const textOf = (line: Json): string | null => {
  if (typeof line === 'string') return line
  if (line === null || typeof line !== 'object' || Array.isArray(line)) return null
  return typeof line.text === 'string' ? line.text : null
}

/**
 * The log lines that show why something failed: the longest list of texts or log lines `{text}` in its
 * details, else the message after its first line.
 */
export const errorLines = (error: { message: string; details: Record<string, Json> }): string[] => {
  const lists = Object.values(error.details).map((value) =>
    Array.isArray(value) ? value.map(textOf).filter((line) => line !== null) : [],
  )
  const longest = lists.reduce((best, list) => (list.length > best.length ? list : best), [])
  return longest.length > 0 ? longest : error.message.split('\n').slice(1)
}
