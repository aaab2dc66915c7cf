import { request } from 'node:http'
import { healthResponse, type Endpoint, type ServiceHealth } from '@vitrine/contract'
import { requestOptions } from '../../lib/endpoint-request.ts'
import { limitedText } from '../../lib/limited-text.ts'
import { isWell } from './health-count.ts'
import type { HealthFinding, Reason } from './reason.ts'

/** What a health probe found. `found` says it as facts, also where there is no reason to worry; null where nothing is known. */
export type ProbeResult = { health: ServiceHealth; reason: Reason | null; found: HealthFinding | null }

/** Asks one instance for its health. */
export type Probe = (target: ProbeTarget) => Promise<ProbeResult>

/** Where an instance is reached, and the path of its health there. */
export type ProbeTarget = { endpoint: Endpoint; path: string }

const timeoutMs = 5_000
/** More than any answer about health needs. */
const answerBytes = 1024 * 1024

/** What is found of one that is not well. */
export const notWell = (health: ServiceHealth, found: HealthFinding): ProbeResult => ({
  health,
  reason: found,
  found,
})

const describe = (detail: unknown): string | null => {
  if (detail === null || detail === undefined) return null
  return typeof detail === 'string' ? detail : JSON.stringify(detail)
}

/** An answer of `/health`. */
type Answer = { status: number; type: string; body: string }

/** What an answer of `/health` means. A server that is not our runtime need only answer 2xx. Pure. */
function readHealth({ status, type, body }: Answer, path: string): ProbeResult {
  const parsed = parseHealth(body)
  if (parsed) {
    const { status: health } = parsed
    const found = { code: 'states', path, status, health, detail: describe(parsed.detail) } as const
    // One that is still starting need not say anything.
    const isFine = isWell(health) || (health === 'STARTING' && found.detail === null)
    return { health, reason: isFine ? null : found, found }
  }
  const found = { code: 'answers', path, status, isPage: type.includes('html') } as const
  if (status >= 200 && status < 300) return { health: 'READY', reason: null, found }
  return notWell('UNHEALTHY', found)
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
function readFailure(error: unknown, { endpoint, path }: ProbeTarget): ProbeResult {
  if (error instanceof Silence)
    return notWell('UNHEALTHY', { code: 'silent', path, seconds: timeoutMs / 1000 })
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  // Of a socket that nobody listens on, the file may be there or not.
  if (code === 'ECONNREFUSED' || code === 'ENOENT')
    return notWell('UNKNOWN', { code: 'not_listening', endpoint, on: [] })
  const cause = code || (error instanceof Error ? error.message : String(error))
  return notWell('UNHEALTHY', { code: 'broken', path, cause })
}

/**
 * Asks on a connection of its own: servers close an idle one sooner than the next probe comes. Node's own client, because undici's costs twice
 * as much for one small request, and hundreds of instances are asked all day.
 */
function ask({ endpoint, path }: ProbeTarget): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request({ ...requestOptions(endpoint), path, agent: false })
    const timer = setTimeout(() => req.destroy(new Silence()), timeoutMs)
    req.once('close', () => clearTimeout(timer))
    req.once('error', reject)
    req.once('response', (res) => {
      const status = res.statusCode ?? 0
      const type = res.headers['content-type'] ?? ''
      limitedText(res, answerBytes).then((body) => resolve({ status, type, body }), reject)
    })
    req.end()
  })
}

/** A probe over HTTP, to wherever the instance is reached. */
export const httpProbe: Probe = async (target) => {
  try {
    return readHealth(await ask(target), target.path)
  } catch (error) {
    return readFailure(error, target)
  }
}
