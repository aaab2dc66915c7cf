const dayMs = 24 * 3600 * 1000

/**
 * The end of something that lasts this many days from now, in the form of the API. Null for 0 days, which means no end.
 */
export const endAfterDays = (days: number, now = Date.now()): string | null =>
  days === 0 ? null : new Date(now + days * dayMs).toISOString()
