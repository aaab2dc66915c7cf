/** What the points of a chart are called by their times (ISO 8601), each once: with seconds only where a minute has several. Pure. */
export const pointTimes = (times: readonly string[], locale: string): string[] => {
  const isFine = new Set(times.map((at) => at.slice(0, 16))).size < times.length
  const format = new Intl.DateTimeFormat(locale, {
    ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    ...(isFine && { second: '2-digit' }),
  })
  return times.map((at) => format.format(new Date(at)))
}
