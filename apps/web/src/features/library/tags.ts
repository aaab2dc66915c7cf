import { longest, most } from '@vitrine/contract/limits'

/** The tags of media files with the number of files. The most used come first, and equal ones are sorted by name. */
export const tagCounts = (
  assets: readonly { tags: readonly string[] }[],
): { tag: string; count: number }[] => {
  const counts = new Map<string, number>()
  for (const tag of assets.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  return [...counts]
    .map(([tag, count]) => ({ tag, count }))
    .sort((a, b) => b.count - a.count || a.tag.localeCompare(b.tag))
}

/**
 * Adds typed tags to a list. The text is divided at commas (Western and Chinese). Blanks and duplicates are
 * removed, and the platform's limits apply.
 */
export const withTags = (tags: readonly string[], typed: string): string[] => {
  const added = typed
    .split(/[,，;；\n]/)
    .map((tag) => tag.trim().slice(0, longest.tag))
    .filter((tag) => tag !== '')
  return [...new Set([...tags, ...added])].slice(0, most.tags)
}
