import { request } from 'node:http'
import { healthResponse, type ServiceHealth } from '@vitrine/contract'
import { limitedText } from '../../lib/limited-text.ts'
import type { Reason } from './reason.ts'

/** What a health probe found. */
export type ProbeResult = { health: ServiceHealth; reason: Reason | null }

/** Asks one instance for its health. */
export type Probe = (target: { port: number; path: string }) => Promise<ProbeResult>

const timeoutMs = 5_000
/** More than any answer about health needs. */
const answerBytes = 1024 * 1024

const describe = (detail: unknown): string | null => {
  if (detail === null || detail === undefined) return null
  return typeof detail === 'string' ? detail : JSON.stringify(detail)
}

/** Why it is not well, as it says itself; one that is still starting need not say anything. */
function statedReason(health: ServiceHealth, detail: string | null): Reason | null {
  if (health === 'READY' || health === 'BUSY' || (health === 'STARTING' && detail === null)) return null
  return { code: 'states', health, detail }
}

/** What an answer of `/health` means. A server that is not our runtime need only answer 2xx. Pure. */
function readHealth(status: number, body: string, path: string): ProbeResult {
  const parsed = parseHealth(body)
  if (parsed) return { health: parsed.status, reason: statedReason(parsed.status, describe(parsed.detail)) }
  if (status >= 200 && status < 300) return { health: 'READY', reason: null }
  return { health: 'UNHEALTHY', reason: { code: 'answers', path, status } }
}

function parseHealth(body: string) {
  try {
    return healthResponse.safeParse(JSON.parse(body)).data ?? null
  } catch {
    // Not JSON: the status code alone decides.
    return null
  }
}

/** No answer, or no whole one, within the time for it. */
class Silence extends Error {}

/** What a probe without an answer means: nothing that listens is UNKNOWN, for it may be about to. */
function readFailure(error: unknown, { port, path }: { port: number; path: string }): ProbeResult {
  if (error instanceof Silence)
    return { health: 'UNHEALTHY', reason: { code: 'silent', path, seconds: timeoutMs / 1000 } }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ECONNREFUSED') return { health: 'UNKNOWN', reason: { code: 'not_listening', port, on: [] } }
  const cause = code || (error instanceof Error ? error.message : String(error))
  return { health: 'UNHEALTHY', reason: { code: 'broken', path, cause } }
}

/**
 * Asks on a connection of its own: servers close an idle one sooner than the next probe comes. Node's own client, because undici's costs twice
 * as much for one small request, and hundreds of instances are asked all day.
 */
function ask({ port, path }: { port: number; path: string }): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const req = request({ host: '127.0.0.1', port, path, agent: false })
    const timer = setTimeout(() => req.destroy(new Silence()), timeoutMs)
    req.once('close', () => clearTimeout(timer))
    req.once('error', reject)
    req.once('response', (res) => {
      limitedText(res, answerBytes).then((body) => resolve({ status: res.statusCode ?? 0, body }), reject)
    })
    req.end()
  })
}

/** A probe over loopback HTTP. */
export const httpProbe: Probe = async (target) => {
  try {
    const { status, body } = await ask(target)
    return readHealth(status, body, target.path)
  } catch (error) {
    return readFailure(error, target)
  }
}
