const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
const day = { month: '2-digit', day: '2-digit' } as const

/** A time to the second, as in a log: `22:31:04`, with the date in front unless it is today. */
export const clockTime = (at: Date, now: Date, locale: string): string =>
  at.toLocaleString(locale, { ...(at.toDateString() !== now.toDateString() && day), ...time })
