/** Items with unique titles. If several have the same title, each also shows its id: `Sentiment · shop-reviews`. */
export function withDistinctNames<T extends { name: string }>(
  items: readonly T[],
  idOf: (item: T) => string,
): T[] {
  const counts = new Map<string, number>()
  for (const { name } of items) counts.set(name, (counts.get(name) ?? 0) + 1)
  return items.map((item) =>
    (counts.get(item.name) ?? 0) > 1 ? { ...item, name: `${item.name} · ${idOf(item)}` } : item,
  )
}
