import type { Call } from '@vitrine/contract'

/** Classes of status to filter by. */
export const statusClasses = ['2xx', '3xx', '4xx', '5xx'] as const
/** Spans to filter by, in their order on the page; '' for all that is kept. */
export const spans = ['', '15m', '1h', '24h', '7d'] as const

const spanMs: Readonly<Record<string, number>> = {
  '15m': 15 * 60_000,
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 7 * 86_400_000,
}

/** What is looked for; '' where nothing is said. */
export type CallFilter = { service: string; status: string; caller: string; request: string; span: string }

/** The query of a page of calls, for a moment. Pure. */
export const callQuery = (filter: CallFilter, page: number, pageSize: number, now: number) => {
  const length = spanMs[filter.span]
  return {
    page,
    page_size: pageSize,
    service_id: filter.service || undefined,
    status: statusClasses.find((word) => word === filter.status),
    caller: filter.caller || undefined,
    request_id: filter.request.trim() || undefined,
    from: length === undefined ? undefined : new Date(now - length).toISOString(),
  }
}

/** How a status is shown. */
export const statusTone = (status: number): 'good' | 'rest' | 'warning' | 'bad' => {
  if (status >= 500) return 'bad'
  if (status >= 400) return 'warning'
  return status >= 300 ? 'rest' : 'good'
}

/** How long the bar of a latency is beside the longest of its page, percent; by its root, so that short ones are told apart too. */
export const latencyShare = (latencyMs: number, longestMs: number): number =>
  longestMs <= 0 ? 0 : Math.max(1, Math.round(Math.sqrt(latencyMs / longestMs) * 100))

/** A caller as the filter takes it. */
export const callerKey = ({ kind, id }: NonNullable<Call['caller']>): string => `${kind}:${id}`
