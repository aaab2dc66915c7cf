import type { GalleryItem } from '@vitrine/contract'

/** Algorithms with the chosen task whose name, description, id or task contains every word of the search. */
export const filterGallery = (
  items: readonly GalleryItem[],
  { search, task, taskName }: { search: string; task: string; taskName: (task: string) => string },
): GalleryItem[] => {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  return items.filter((item) => {
    if (task !== '' && item.task !== task) return false
    const text = [item.name, item.description, item.service_id, item.task, taskName(item.task)]
      .join('\n')
      .toLocaleLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** The tasks that the algorithms have, each once, the most frequent first. */
export const galleryTasks = (items: readonly GalleryItem[]): string[] => {
  const counts = new Map<string, number>()
  for (const { task } of items) counts.set(task, (counts.get(task) ?? 0) + 1)
  return [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b)).map(([task]) => task)
}
