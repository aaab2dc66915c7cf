import { healthResponse, type ServiceHealth } from '@vitrine/contract'
import { request } from 'undici'
import { limitedText } from '../../lib/limited-text.ts'

/** What a health probe found. */
export type ProbeResult = { health: ServiceHealth; reason: string | null }

/** Asks one instance for its health. */
export type Probe = (target: { port: number; path: string }) => Promise<ProbeResult>

const timeoutMs = 5_000
/** More than any answer about health needs. */
const answerBytes = 1024 * 1024

const describe = (detail: unknown): string | null => {
  if (detail === null || detail === undefined) return null
  return typeof detail === 'string' ? detail : JSON.stringify(detail)
}

/** What an answer of `/health` means. A server that is not our runtime need only answer 2xx. Pure. */
function readHealth(status: number, body: string, path: string): ProbeResult {
  const parsed = parseHealth(body)
  if (parsed) {
    const isWell = parsed.status === 'READY' || parsed.status === 'BUSY'
    return { health: parsed.status, reason: isWell ? null : describe(parsed.detail) }
  }
  if (status >= 200 && status < 300) return { health: 'READY', reason: null }
  return { health: 'UNHEALTHY', reason: `${path} answers ${status}` }
}

function parseHealth(body: string) {
  try {
    return healthResponse.safeParse(JSON.parse(body)).data ?? null
  } catch {
    // Not JSON: the status code alone decides.
    return null
  }
}

/** A probe over loopback HTTP; nothing that listens is UNKNOWN with the reason. */
export const httpProbe: Probe = async ({ port, path }) => {
  try {
    const answer = await request(`http://127.0.0.1:${port}${path}`, {
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    })
    return readHealth(answer.statusCode, await limitedText(answer.body, answerBytes), path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ECONNREFUSED') return { health: 'UNKNOWN', reason: `does not listen on port ${port}` }
    return { health: 'UNHEALTHY', reason: `${path} does not answer (${code || String(error)})` }
  }
}
