/**
 * Unique names for the points of a chart, from their times (ISO 8601). Seconds are included only if a minute
 * has several points. Pure.
 */
export const pointTimes = (times: readonly string[], locale: string): string[] => {
  const isFine = new Set(times.map((at) => at.slice(0, 16))).size < times.length
  const format = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(isFine && { second: '2-digit' }),
  })
  return times.map((at) => format.format(new Date(at)))
}
