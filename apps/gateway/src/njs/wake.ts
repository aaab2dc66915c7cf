import { languageOf } from '../refusals.ts'
import { counts, fetchFrom, told, type NjsRequest } from './host.ts'
import { refuse } from './refuse.ts'
import { routeOf, standing } from './told.ts'

/** The longest that a request waits, and how often one looks while another wakes the service; milliseconds. */
const waitMs = 60_000
const lookMs = 50
/** One that wakes says so again and again; when its client has gone, somebody else takes over after this long. */
const leaseMs = 2_000
const renewMs = 500

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(() => resolve(), ms))

/** An answer of the control plane that is passed on as it is. */
export type PassedAnswer = { code: string; status: number; retryAfter: string | null; body: string }

type Outcome = { awake: true } | { awake: false; answer: PassedAnswer | null }

const away: Outcome = { awake: false, answer: null }

async function askControl(serviceId: string, language: string): Promise<Outcome> {
  const way = standing().wake
  if (way === null) return away
  try {
    const answer = await fetchFrom(`${way.url}/${serviceId}`, {
      method: 'POST',
      headers: { 'x-vitrine-wake': way.token, 'accept-language': language, 'content-length': '0' },
    })
    if (answer.status === 204) return { awake: true }
    const body = await answer.text()
    const code: string = JSON.parse(body).error.code
    const retryAfter = answer.headers.get('retry-after')
    return { awake: false, answer: { code, status: answer.status, retryAfter, body } }
  } catch {
    // The control plane is away, restarts, says what is no error of ours, or takes longer than anybody should wait.
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
  told().set(`outcome ${key}`, JSON.stringify(outcome))
  counts().delete(key)
  return outcome
}

/**
 * Has the control plane wake a service and waits for it, a minute at most; however many requests wait, in whatever worker,
 * it is asked once (once for each language). False where the service did not wake; why is noted.
 */
export async function wake(r: NjsRequest, serviceId: string): Promise<boolean> {
  const language = languageOf(r.headersIn['Accept-Language'])
  const key = `wake ${language} ${serviceId}`
  const deadline = Date.now() + waitMs
  let isFollower = false
  let outcome: Outcome = away
  while (Date.now() < deadline) {
    if (counts().get(key) === undefined) {
      const said = isFollower ? told().get(`outcome ${key}`) : undefined
      if (said !== undefined) {
        outcome = JSON.parse(said)
        break
      }
      if (counts().add(key, 1, leaseMs)) {
        told().delete(`outcome ${key}`)
        outcome = await lead(key, serviceId, language)
        break
      }
    }
    isFollower = true
    await pause(lookMs)
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
