const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** How long before (or after) `now` a moment is, in words: 刚刚 below a minute is `now` of the language. */
export const relativeTime = (at: Date, now: Date, locale: string): string => {
  const seconds = (at.getTime() - now.getTime()) / 1000
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })
  const unit = units.find(([, size]) => Math.abs(seconds) >= size)
  if (unit === undefined) return format.format(0, 'second')
  return format.format(Math.round(seconds / unit[1]), unit[0])
}
