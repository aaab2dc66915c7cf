import { isDeepStrictEqual } from 'node:util'
import { healthResponse, type ServiceHealth } from '@vitrine/contract'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import { visibleText } from '@vitrine/contract/visible-text'
import { codeOfError } from '../../lib/code-of-error.ts'
import { getAt, Silence, type ShortAnswer } from '../../lib/get-at.ts'
import { isWell } from './health-count.ts'
import { anyAnswer, tried, usualHealthPaths, type HealthPath } from './health-path.ts'
import type { HealthFinding, Reason } from './reason.ts'

/**
 * The result of a health probe. `found` has the facts, even if the instance is well. Null if nothing is known. `at` is the path
 * where the instance reports its health, if that was looked for and found.
 */
export type ProbeResult = {
  health: ServiceHealth
  reason: Reason | null
  found: HealthFinding | null
  at?: string
  /** The revision of the configuration that an instance of our runtimes says it has. */
  revision?: number
}

/** Probes the health of one instance. */
export type Probe = (target: ProbeTarget) => Promise<ProbeResult>

/** The address of an instance, and the path where it reports its health. */
export type ProbeTarget = {
  endpoint: InstanceEndpoint
  path: HealthPath
  serviceId?: string
  /** Which instance it is, and the revision of the configuration that it should have. */
  instance?: { id: string; revision: () => number }
}

/** A request of a probe. */
type Question = { endpoint: InstanceEndpoint; path: string; timeoutMs: number }

/** How long an answer is waited for unless the configuration says otherwise, in milliseconds. */
const usualTimeoutMs = 5_000
/** Largest answer that is read, in bytes. A health answer needs less. */
const answerBytes = 1024 * 1024

/** A result without the text of the answer, which may differ each time, such as a time of day. */
function withoutSaid({ found, reason, ...rest }: ProbeResult) {
  const bare = (one: Reason | null) => (one?.code === 'answers' ? { ...one, said: undefined } : one)
  return { ...rest, found: bare(found), reason: bare(reason) }
}

/** Whether two probes found the same, whatever text the instance answered with. */
export const isSameResult = (one: ProbeResult, other: ProbeResult): boolean =>
  isDeepStrictEqual(withoutSaid(one), withoutSaid(other))

/** The result of a probe that is not well. */
export const notWell = (health: ServiceHealth, found: HealthFinding): ProbeResult => ({
  health,
  reason: found,
  found,
})

const describe = (detail: unknown): string | null => {
  if (detail === null || detail === undefined) return null
  return typeof detail === 'string' ? detail : JSON.stringify(detail)
}

/** What an answer of `/health` means. A server without the platform's runtime only needs to answer 2xx. Pure. */
function readHealth({ status, type, body }: ShortAnswer, path: string): ProbeResult {
  const parsed = parseHealth(body)
  if (parsed) {
    const { status: health } = parsed
    const found = { code: 'states', path, status, health, detail: describe(parsed.detail) } as const
    // An instance that is still starting need not explain anything.
    const isFine = isWell(health) || (health === 'STARTING' && found.detail === null)
    const revision = parsed.config_revision ?? undefined
    return { health, reason: isFine ? null : found, found, ...(revision !== undefined && { revision }) }
  }
  const isPage = type.includes('html')
  const found = { code: 'answers', path, status, isPage } as const
  if (status >= 200 && status < 300) return { health: 'READY', reason: null, found }
  const said = isPage ? '' : beginningOf(body)
  return notWell('UNHEALTHY', { ...found, ...(said !== '' && { said }) })
}

/** The most that is kept of an answer that is not well, in characters: enough for one sentence. */
const longestSaid = 200

/** The beginning of an answer in one line. */
const beginningOf = (body: string): string =>
  visibleText(
    body
      .slice(0, 2 * longestSaid)
      .replaceAll(/\s+/g, ' ')
      .trim()
      .slice(0, longestSaid),
  )

function parseHealth(body: string) {
  try {
    return healthResponse.safeParse(JSON.parse(body)).data ?? null
  } catch {
    // Not JSON: the status code alone decides.
    return null
  }
}

/**
 * What a failed probe means. If nothing listens, the health is UNKNOWN, because the instance may be about to
 * listen.
 */
function readFailure(error: unknown, { endpoint, path, timeoutMs }: Question): ProbeResult {
  if (error instanceof Silence)
    return notWell('UNHEALTHY', { code: 'silent', path, seconds: timeoutMs / 1000 })
  const code = codeOfError(error)
  // If nobody listens on a socket, its file may exist or not.
  if (code === 'ECONNREFUSED' || code === 'ENOENT')
    return notWell('UNKNOWN', { code: 'not_listening', endpoint, on: [] })
  const cause = code || (error instanceof Error ? error.message : String(error))
  return notWell('UNHEALTHY', { code: 'broken', path, cause })
}

/**
 * What a probe says about a process that has never answered. The process runner made its socket, so connections wait
 * there until the program begins to accept them, and end with the process. So silence is no failure yet. Pure.
 */
export function beforeFirstAnswer(result: ProbeResult, endpoint: InstanceEndpoint): ProbeResult {
  const isWithoutAnswer = result.found?.code === 'silent' || result.found?.code === 'broken'
  return isWithoutAnswer && 'socket' in endpoint ? notWell('UNKNOWN', { code: 'not_accepting' }) : result
}

/** Whether a probe found out only that nobody answers. */
export const isUnanswered = ({ reason }: ProbeResult): boolean =>
  reason?.code === 'not_listening' || reason?.code === 'not_accepting'

/** Sends the probe on its own connection, because servers close an idle one before the next probe. */
const ask = ({ endpoint, path, timeoutMs }: Question): Promise<ShortAnswer> =>
  getAt(endpoint, path, { timeoutMs, mostBytes: answerBytes })

/** An instance without a health path: any answer will do. */
function readAnyAnswer({ status, type }: ShortAnswer, path: string): ProbeResult {
  return {
    health: 'READY',
    reason: null,
    found: { code: 'answers', path, status, isPage: type.includes('html') },
  }
}

/** Looks for the path where an instance reports its health. */
async function search(
  { endpoint, timeoutMs }: Omit<Question, 'path'>,
  asked: (path: string) => void,
): Promise<ProbeResult> {
  let last: ShortAnswer | null = null
  for (const path of usualHealthPaths) {
    asked(path)
    last = await ask({ endpoint, path, timeoutMs })
    const meaning = tried(path, last.status)
    if (meaning === 'elsewhere') continue
    return { ...readHealth(last, path), ...(meaning === 'here' && { at: path }) }
  }
  if (!last) throw new Error('there are no usual health paths')
  return { ...readAnyAnswer(last, '/'), at: anyAnswer }
}

/** Probes instances over HTTP at their endpoints. Each probe waits for an answer as long as is set then. */
export const httpProbeWithin =
  (timeoutNow: () => number): Probe =>
  async ({ endpoint, path }) => {
    const timeoutMs = timeoutNow()
    let asked = path === null || path === anyAnswer ? '/' : path
    try {
      if (path === null) return await search({ endpoint, timeoutMs }, (next) => (asked = next))
      const answer = await ask({ endpoint, path: asked, timeoutMs })
      return path === anyAnswer ? readAnyAnswer(answer, asked) : readHealth(answer, asked)
    } catch (error) {
      return readFailure(error, { endpoint, path: asked, timeoutMs })
    }
  }

/** Probes an instance over HTTP at its endpoint. */
export const httpProbe: Probe = httpProbeWithin(() => usualTimeoutMs)
