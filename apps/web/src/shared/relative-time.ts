import { spacedHan } from './han-spacing.ts'

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** How long before or after `now` a time is, in words: `5 分钟前`. Below a minute `刚刚`. */
export const relativeTime = (at: Date, now: Date, locale: string): string => {
  const seconds = (at.getTime() - now.getTime()) / 1000
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })
  const unit = units.find(([, size]) => Math.abs(seconds) >= size)
  if (unit === undefined) return locale.startsWith('zh') ? '刚刚' : 'just now'
  return spacedHan(format.format(Math.round(seconds / unit[1]), unit[0]))
}
