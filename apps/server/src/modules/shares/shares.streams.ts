/** Streams that visitors follow, by link, so that a revoked one can be cut off. */
export type ShareStreams = ReturnType<typeof createShareStreams>

export function createShareStreams() {
  const open = new Map<string, Set<() => void>>()
  return {
    /** Notes how to end a stream; the returned function forgets it. */
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
