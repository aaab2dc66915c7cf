import { spacedHan } from './han-spacing.ts'

/** A duration in milliseconds as text: `320 ms`, `4.2 s`, `3 min 5 s`, in the words of the language. */
export const durationText = (ms: number, locale: string): string => {
  const part = (value: number, unit: string, digits: number) =>
    spacedHan(
      new Intl.NumberFormat(locale, {
        style: 'unit',
        unit,
        unitDisplay: 'short',
        maximumFractionDigits: digits,
      }).format(value),
    )
  if (ms < 1_000) return part(Math.max(0, Math.round(ms)), 'millisecond', 0)
  if (ms < 60_000) return part(ms / 1_000, 'second', 1)
  const minutes = Math.floor(ms / 60_000)
  return `${part(minutes, 'minute', 0)} ${part(Math.floor((ms % 60_000) / 1_000), 'second', 0)}`
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
