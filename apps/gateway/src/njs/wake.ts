import { preferredLanguage } from '@vitrine/contract/preferred-language'
import { counts, fetchFrom, passing, type NjsRequest } from './host.ts'
import { refuse } from './refuse.ts'
import { routeOf, sharedSettings } from './shared-state.ts'

/**
 * The longest time that a request waits, and the interval of its checks while another request wakes the
 * service; milliseconds.
 */
const waitMs = 60_000
const checkMs = 50
/**
 * The request that wakes a service renews its lease at intervals. If its client disconnects, another request
 * takes over after this time.
 */
const leaseMs = 2_000
const renewMs = 500
/** How long the requests that wait for the same waking can read how it ended, milliseconds: they look many times a second. */
const outcomeMs = 10_000

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(() => resolve(), ms))

/** An answer of the control plane that is passed on unchanged. */
export type PassedAnswer = { code: string; status: number; retryAfter: string | null; body: string }

type Outcome = { awake: true } | { awake: false; answer: PassedAnswer | null }

const away: Outcome = { awake: false, answer: null }

async function askControl(serviceId: string, language: string): Promise<Outcome> {
  const way = sharedSettings().wake
  if (way === null) return away
  try {
    const answer = await fetchFrom(`${way.url}/${serviceId}`, {
      method: 'POST',
      headers: { 'x-vitrine-wake': way.token, 'accept-language': language, 'content-length': '0' },
    })
    if (answer.status === 204) return { awake: true }
    const body = await answer.text()
    const code: string = JSON.parse(body).error.code
    // A control plane that has just started does not know the wake token of an earlier table.
    if (code === 'route.not_found') return away
    const retryAfter = answer.headers.get('retry-after')
    return { awake: false, answer: { code, status: answer.status, retryAfter, body } }
  } catch {
    // The control plane is unreachable or restarting, its answer is not one of our errors, or it takes too
    // long.
    return away
  }
}

async function lead(key: string, serviceId: string, language: string): Promise<Outcome> {
  let isOver = false
  const renew = () => {
    if (isOver) return
    counts().set(key, 1, leaseMs)
    setTimeout(renew, renewMs)
  }
  renew()
  const outcome = await askControl(serviceId, language)
  isOver = true
  passing().set(`outcome ${key}`, JSON.stringify(outcome), outcomeMs)
  counts().delete(key)
  return outcome
}

/**
 * Asks the control plane to wake a service and waits for it, a minute at most. However many requests wait in
 * any worker, the control plane is asked once (once for each language). False if the service did not wake;
 * the reason is recorded.
 */
export async function wake(r: NjsRequest, serviceId: string): Promise<boolean> {
  const language = preferredLanguage(r.headersIn['Accept-Language'])
  const key = `wake ${language} ${serviceId}`
  const deadline = Date.now() + waitMs
  let isFollower = false
  let outcome: Outcome = away
  while (Date.now() < deadline) {
    if (counts().get(key) === undefined) {
      const said = isFollower ? passing().get(`outcome ${key}`) : undefined
      if (said !== undefined) {
        outcome = JSON.parse(said)
        break
      }
      if (counts().add(key, 1, leaseMs)) {
        passing().delete(`outcome ${key}`)
        outcome = await lead(key, serviceId, language)
        break
      }
    }
    isFollower = true
    await pause(checkMs)
    if (routeOf(serviceId)?.state === 'up') return true
  }
  if (outcome.awake) return true
  refuse(r, 'service.asleep')
  if (outcome.answer) {
    r.variables.vt_error = outcome.answer.code
    r.variables.vt_passed = JSON.stringify(outcome.answer)
  }
  return false
}
