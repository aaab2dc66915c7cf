const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
const day = { month: '2-digit', day: '2-digit' } as const

/** A moment as a clock tells it, to find it again in a log: `22:31:04`, with the day in front where that is not today's. */
export const clockTime = (at: Date, now: Date, locale: string): string =>
  at.toLocaleString(locale, { ...(at.toDateString() !== now.toDateString() && day), ...time })
