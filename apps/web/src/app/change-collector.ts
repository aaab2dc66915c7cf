/** What happened to services since it was last told, by id; only the last word of each counts. */
export type Changes = ReadonlyMap<string, 'changed' | 'deleted'>

/**
 * Gathers changes and tells of them together: the first soon, for one change has to be seen at once; the next not before a
 * pause, for a batch changes hundreds of services within moments. Never two tellings at a time.
 */
export const collectChanges = (
  tell: (changes: Changes) => Promise<void>,
  { soonMs = 30, pauseMs = 250 }: { soonMs?: number; pauseMs?: number } = {},
) => {
  let gathered = new Map<string, 'changed' | 'deleted'>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let telling = false
  let quietUntil = 0

  const schedule = () => {
    if (timer !== undefined || telling || gathered.size === 0) return
    timer = setTimeout(() => void flush(), Math.max(soonMs, quietUntil - Date.now()))
  }
  const flush = async () => {
    timer = undefined
    const changes = gathered
    gathered = new Map()
    telling = true
    try {
      await tell(changes)
    } finally {
      telling = false
      quietUntil = Date.now() + pauseMs
      schedule()
    }
  }
  return {
    add: (id: string, change: 'changed' | 'deleted') => {
      gathered.set(id, change)
      schedule()
    },
    close: () => {
      clearTimeout(timer)
      gathered.clear()
    },
  }
}
