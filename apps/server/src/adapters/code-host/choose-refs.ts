/** A branch or tag of which only the size of its commit or tag is known, and the commit if it names one directly. */
export type SizedRef = { name: string; commit: string | null; size: number; isFirst: boolean }

/**
 * Which refs of a list are read, where all of them are too large for that: as many as have room, the branch of HEAD before the others. Of
 * those that are not read, only the ones whose commit is known can be shown. `hasMore` says that some are not shown. Pure.
 */
export function chooseRefs(
  sized: readonly SizedRef[],
  { limit, bytes }: { limit: number; bytes: number },
): { read: SizedRef[]; unread: { name: string; commit: string }[]; hasMore: boolean } {
  const read: SizedRef[] = []
  const unread: { name: string; commit: string }[] = []
  let room = bytes
  for (const one of sized.toSorted((a, b) => Number(b.isFirst) - Number(a.isFirst))) {
    if (read.length + unread.length >= limit) break
    if (one.size <= room) {
      room -= one.size
      read.push(one)
    } else if (one.commit !== null) unread.push({ name: one.name, commit: one.commit })
  }
  return { read, unread, hasMore: read.length + unread.length < sized.length }
}
