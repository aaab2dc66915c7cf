const dayMs = 24 * 3600 * 1000

/** When something ends that lasts so many days from now, as the API takes it. Null for 0 days: it has no end. */
export const endAfterDays = (days: number, now = Date.now()): string | null =>
  days === 0 ? null : new Date(now + days * dayMs).toISOString()
