import type { MetricPoint } from '@vitrine/contract'

/** Time spans of a service's charts. */
export const metricSpans = ['1h', '6h', '24h', '7d'] as const

/** The spans in minutes. */
export const spanMinutes: Readonly<Record<string, number>> = {
  '1h': 60,
  '6h': 360,
  '24h': 1_440,
  '7d': 10_080,
}

/** Unique names for the steps of a chart: the time, and the date if the chart covers days. Pure. */
export const stepNames = (times: readonly number[], span: string, locale: string): string[] => {
  const format = new Intl.DateTimeFormat(locale, {
    ...(span === '7d' && { month: '2-digit', day: '2-digit' }),
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  return times.map((at) => format.format(at))
}

/** The totals of the points. `share` is the share of errors. Pure. */
export const totalsOf = (points: readonly MetricPoint[]) => {
  const sum = (of: (point: MetricPoint) => number) => points.reduce((total, point) => total + of(point), 0)
  const [calls, errors] = [sum((point) => point.calls), sum((point) => point.errors)]
  return {
    calls,
    errors,
    bytesIn: sum((point) => point.bytes_in),
    bytesOut: sum((point) => point.bytes_out),
    share: `${Number(((errors / Math.max(1, calls)) * 100).toPrecision(2))}%`,
  }
}
