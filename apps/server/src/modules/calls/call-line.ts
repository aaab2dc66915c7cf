import { accessLogLine } from '@vitrine/contract'
import { storableText } from '../../lib/storable-text.ts'

/** A request to a service, as it is stored. */
export type RecordedCall = {
  serviceId: string
  release: number | null
  instanceId: string | null
  /** `user:<id>` or `key:<id>`. Null if the service needs no sign-in. */
  caller: string | null
  method: string
  /** The part of the path after the service's own prefix, without the query. */
  route: string
  status: number
  latencyMs: number
  bytesIn: number
  bytesOut: number
  requestId: string
  /** The gateway's error code, if the gateway answered itself. */
  error: string | null
  /** The file with what was sent and answered, beside the log. Null if that was not kept. */
  kept: string | null
  time: Date
}

const longestRoute = 1_000
const longestName = 200
const largestInteger = 2 ** 31 - 1

const storable = (text: string, longest: number): string => storableText(text.slice(0, longest))

const storableOrNull = (text: string | null) => (text === null ? null : storable(text, longestName))

/** The part of the path after `/ai/<service>`, or the whole path if the request came in on the service's own port. */
function routeOf(path: string, serviceId: string): string {
  const own = path.replace(/^https?:\/\/[^/?#]*/i, '')
  const prefix = `/ai/${serviceId}/`
  return own.startsWith(prefix) ? own.slice(prefix.length - 1) : own || '/'
}

function parsedJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    // Not JSON. The schema then refuses it like any other foreign line.
    return null
  }
}

/**
 * Parses a line of the access log. Null for a request to anything but a service; `unreadable` for a line of
 * another format. Pure.
 */
export function readCallLine(line: string): RecordedCall | null | 'unreadable' {
  const parsed = accessLogLine.safeParse(parsedJson(line)).data
  if (!parsed) return 'unreadable'
  const { service_id: serviceId, release, status } = parsed
  if (serviceId === null) return null
  const isWithin = (value: number) => value >= 0 && value <= largestInteger
  if (!isWithin(status) || (release !== null && !isWithin(release))) return 'unreadable'
  return {
    serviceId: storable(serviceId, longestName),
    release,
    instanceId: storableOrNull(parsed.instance_id),
    caller: storableOrNull(parsed.caller),
    method: storable(parsed.method, longestName),
    route: storable(routeOf(parsed.path, serviceId), longestRoute),
    status,
    latencyMs: Math.min(largestInteger, Math.max(0, parsed.latency_ms)),
    bytesIn: Math.max(0, parsed.bytes_in),
    bytesOut: Math.max(0, parsed.bytes_out),
    requestId: storable(parsed.request_id, longestName),
    error: storableOrNull(parsed.error),
    kept: parsed.kept ?? null,
    time: new Date(parsed.time),
  }
}
