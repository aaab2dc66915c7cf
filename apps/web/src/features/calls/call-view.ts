import type { Call, CallSummary, KeptBodies } from '@vitrine/contract'
import { callerKinds, statusClasses } from '@vitrine/contract/choices'

/** Time spans to filter by, in the order of the page. '' means all stored calls. */
export const spans = ['', '15m', '1h', '24h', '7d'] as const

const spanMs: Readonly<Record<string, number>> = {
  '15m': 15 * 60_000,
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 7 * 86_400_000,
}

/**
 * The filter of the list, as it stands in the address. '' means no filter. `caller` is a kind of callers or one caller,
 * `min` the least latency in milliseconds. `from` and `to` are times in UTC; they count if no span is chosen.
 */
export type CallFilter = {
  service: string
  status: string
  caller: string
  min: string
  request: string
  span: string
  from: string
  to: string
}

/** A filter that all calls pass. */
export const noFilter: CallFilter = {
  service: '',
  status: '',
  caller: '',
  min: '',
  request: '',
  span: '',
  from: '',
  to: '',
}

/** A time in the form of the API. Undefined if the text is not a time. */
const timeOf = (text: string): string | undefined => {
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}

/** The least latency that the filter names. Undefined if it is no number from zero up. */
const leastMs = (text: string): number | undefined => {
  const value = Number(text)
  return text.trim() !== '' && value >= 0 && value <= 86_400_000 ? value : undefined
}

/** The query parameters for the calls that pass a filter at a given time. Pure. */
export const callQuery = (filter: CallFilter, now: number) => {
  const length = spanMs[filter.span]
  const kind = callerKinds.find((word) => word === filter.caller)
  return {
    service_id: filter.service || undefined,
    status: statusClasses.find((word) => word === filter.status),
    caller: kind === undefined ? filter.caller || undefined : undefined,
    caller_kind: kind,
    min_ms: leastMs(filter.min),
    request_id: filter.request.trim() || undefined,
    from: length === undefined ? timeOf(filter.from) : new Date(now - length).toISOString(),
    to: length === undefined ? timeOf(filter.to) : undefined,
  }
}

/**
 * A time in UTC in the form of a field for local dates and times, to the minute. '' if the text is not a time. Pure.
 */
export const localInput = (utc: string): string => {
  const time = new Date(utc)
  if (Number.isNaN(time.getTime())) return ''
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** The ranges of a histogram from the first with calls to the last, so that empty ends take no room. Pure. */
export const filledRanges = (latency: CallSummary['latency']): CallSummary['latency'] => {
  const first = latency.findIndex(({ calls }) => calls > 0)
  return first === -1 ? [] : latency.slice(first, latency.findLastIndex(({ calls }) => calls > 0) + 1)
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

/** The kept part of a body, indented if it is complete JSON. Null if no text was kept. */
export function readableBody({ type, text, is_cut: isCut }: KeptBodies['request']): string | null {
  if (text === null || text === '') return null
  if (isCut || !type?.includes('json')) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    // The type says JSON, but the text is not JSON, so it is shown unchanged.
    return text
  }
}
