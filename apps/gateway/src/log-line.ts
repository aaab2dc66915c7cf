import type { IncomingMessage } from 'node:http'
import type { AccessLogLine } from '@vitrine/contract'

/** What is known of a request, or of a WebSocket, when it has ended. */
type Ended = {
  req: IncomingMessage
  requestId: string
  serviceId: string | null
  release: number | null
  instanceId: string | null
  caller: string | null
  status: number
  /** When it arrived, as `performance.now()` says it. */
  startedAt: number
  bytesIn: number
  bytesOut: number
  remoteAddress: string
  error: string | null
}

/** The line of the access log for what ends now. */
export const logLine = (ended: Ended): AccessLogLine => ({
  time: new Date().toISOString(),
  request_id: ended.requestId,
  service_id: ended.serviceId,
  release: ended.release,
  instance_id: ended.instanceId,
  caller: ended.caller,
  method: ended.req.method ?? '',
  path: ended.req.url?.split('?', 1)[0] ?? '',
  status: ended.status,
  latency_ms: Math.round((performance.now() - ended.startedAt) * 1000) / 1000,
  bytes_in: ended.bytesIn,
  bytes_out: ended.bytesOut,
  remote_address: ended.remoteAddress,
  error: ended.error,
})
