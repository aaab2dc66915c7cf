import type { EndpointEvents } from '@vitrine/contract'

type Change = EndpointEvents<'GET /events'>['service']['change']
/** The changes of services since the last report, by id. Only the last change of each counts. */
export type Changes = ReadonlyMap<string, Change>

/**
 * Collects changes and reports them together. The first report comes soon, so that a single change is visible
 * at once. The next one comes after a pause, because a batch changes hundreds of services within moments.
 * Never reports while the previous report is being handled.
 */
export const collectChanges = (
  tell: (changes: Changes) => Promise<void>,
  { soonMs = 30, pauseMs = 250 }: { soonMs?: number; pauseMs?: number } = {},
) => {
  let gathered = new Map<string, Change>()
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
    add: (id: string, change: Change) => {
      gathered.set(id, change)
      schedule()
    },
    close: () => {
      clearTimeout(timer)
      gathered.clear()
    },
  }
}
