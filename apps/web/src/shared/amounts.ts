import { spacedHan } from './han-spacing.ts'

const timeText = (value: number, locale: string, format: Intl.NumberFormatOptions) =>
  spacedHan(new Intl.NumberFormat(locale, { style: 'unit', unitDisplay: 'short', ...format }).format(value))

/** A duration in milliseconds as text: `320 ms`, `4.2 s`, `3 min 5 s`, in the words of the language. */
export const durationText = (ms: number, locale: string): string => {
  const part = (value: number, unit: string, digits: number) =>
    timeText(value, locale, { unit, maximumFractionDigits: digits })
  if (ms < 1_000) return part(Math.max(0, Math.round(ms)), 'millisecond', 0)
  if (ms < 60_000) return part(ms / 1_000, 'second', 1)
  const minutes = Math.floor(ms / 60_000)
  return `${part(minutes, 'minute', 0)} ${part(Math.floor((ms % 60_000) / 1_000), 'second', 0)}`
}

const spans = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/**
 * A duration that somebody has set as text, exactly, in the words of the language: in the largest unit of which it has at least two,
 * as people say it. So 60 and 90 seconds stay seconds.
 */
export const setDurationText = (ms: number, locale: string): string => {
  const isWhole = (one: number) => ms % one === 0
  const [unit, one] = spans.find(([, length]) => isWhole(length) && ms / length >= 2) ?? [
    isWhole(1_000) ? 'second' : 'millisecond',
    isWhole(1_000) ? 1_000 : 1,
  ]
  // The long form of a second in Chinese is that of speech.
  return timeText(ms / one, locale, { unit, unitDisplay: locale.startsWith('zh') ? 'short' : 'long' })
}

const sizeUnits = ['B', 'KB', 'MB', 'GB', 'TB']

/** A size in bytes as text, by 1024: `17 B`, `1.5 KB`, `230 MB`. */
export const sizeText = (bytes: number): string => {
  const power = Math.min(sizeUnits.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  const value = bytes / 1024 ** power
  return `${value >= 100 || power === 0 ? Math.round(value) : Math.round(value * 10) / 10} ${sizeUnits[power]}`
}

/** A number of processor cores as a percentage; 1 is one whole core. */
export const cpuText = (cores: number): string => `${(cores * 100).toFixed(cores < 0.1 ? 1 : 0)}%`

// Creating a format takes a hundred times as long as using it, and a table shows hundreds of numbers.
const countFormats = new Map<string, Intl.NumberFormat>()
/** A count as text: `12,345`, in the form of the language. */
export const countText = (count: number, locale: string): string => {
  const format = countFormats.get(locale) ?? new Intl.NumberFormat(locale)
  countFormats.set(locale, format)
  return format.format(count)
}
