/** The event streams that visitors follow, by link, so that revoking a link can end them. */
export type ShareStreams = ReturnType<typeof createShareStreams>

export function createShareStreams() {
  const open = new Map<string, Set<() => void>>()
  return {
    /** Registers how to end a stream. The returned function removes it again. */
    add(shareId: string, end: () => void): () => void {
      const ends = open.get(shareId) ?? new Set()
      open.set(shareId, ends.add(end))
      return () => {
        ends.delete(end)
        if (ends.size === 0 && open.get(shareId) === ends) open.delete(shareId)
      }
    },
    /** Ends every stream of a link. */
    endOf(shareId: string): void {
      for (const end of open.get(shareId) ?? []) end()
    },
  }
}
