import type { Call } from '@vitrine/contract'
import { statusClasses } from '@vitrine/contract/choices'

/** Time spans to filter by, in the order of the page. '' means all stored calls. */
export const spans = ['', '15m', '1h', '24h', '7d'] as const

const spanMs: Readonly<Record<string, number>> = {
  '15m': 15 * 60_000,
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 7 * 86_400_000,
}

/** The filter of the list. '' means no filter. */
export type CallFilter = { service: string; status: string; caller: string; request: string; span: string }

/** The query parameters for a page of calls at a given time. Pure. */
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

/** The tone in which a status is shown. */
export const statusTone = (status: number): 'good' | 'rest' | 'warning' | 'bad' => {
  if (status >= 500) return 'bad'
  if (status >= 400) return 'warning'
  return status >= 300 ? 'rest' : 'good'
}

/**
 * The length of a latency's bar, in percent of the longest on the page. Uses the square root, so that short
 * ones can be told apart.
 */
export const latencyShare = (latencyMs: number, longestMs: number): number =>
  longestMs <= 0 ? 0 : Math.max(1, Math.round(Math.sqrt(latencyMs / longestMs) * 100))

/** A caller in the form of the filter. */
export const callerKey = ({ kind, id }: NonNullable<Call['caller']>): string => `${kind}:${id}`
