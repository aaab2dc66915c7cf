import { spacedHan } from '../../shared/han-spacing.ts'

/** How long a machine has been up, in its two largest units: `14 d 1 h`. */
export const uptimeText = (seconds: number, locale: string): string => {
  const part = (value: number, unit: string) =>
    spacedHan(new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(value))
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor((seconds % 86_400) / 3_600),
    Math.floor((seconds % 3_600) / 60),
  ]
  if (days > 0) return `${part(days, 'day')} ${part(hours, 'hour')}`
  return hours > 0 ? `${part(hours, 'hour')} ${part(minutes, 'minute')}` : part(minutes, 'minute')
}
