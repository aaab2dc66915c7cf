import { request } from 'node:http'
import { errorBody, type Endpoint } from '@vitrine/contract'
import { preferredLanguage } from '@vitrine/contract/preferred-language'
import { requestOptions } from './connection.ts'
import { refusals, type Refusal } from './refusals.ts'
import type { Routing } from './routing.ts'

/** The longest time that a request waits for a sleeping service, in milliseconds. */
const waitMs = 60_000
/** The longest answer that is read, in bytes. No error of the control plane is longer. */
const longestAnswer = 65_536

type Answer = { status: number; retryAfter: string | undefined; body: string }

function askControl(control: Endpoint, path: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(waitMs)
    const req = request({ ...requestOptions(control), path, method: 'POST', headers, agent: false, signal })
    req.on('error', reject)
    req.on('response', (res) => {
      let body = ''
      res.setEncoding('utf8')
      res.on('data', (chunk: string) => {
        if (body.length < longestAnswer) body += chunk
      })
      res.on('error', reject)
      res.on('end', () =>
        resolve({ status: res.statusCode ?? 0, retryAfter: res.headers['retry-after'], body }),
      )
    })
    req.end()
  })
}

/** The reason why a service was not woken, in the control plane's words and in the requested language. */
function refusalOf({ status, retryAfter, body }: Answer): Refusal {
  const { error } = errorBody.parse(JSON.parse(body))
  return {
    code: error.code,
    status,
    zh: error.message,
    en: error.message,
    ...(retryAfter !== undefined && { retryAfterS: Number(retryAfter) }),
  }
}

async function wakeNow(routing: Routing, serviceId: string, acceptLanguage: string): Promise<Refusal | null> {
  const { control, wake } = routing
  if (!control || !wake) return refusals.asleep
  try {
    const answer = await askControl(control.endpoint, `${wake.path}/${serviceId}`, {
      'x-vitrine-wake': wake.token,
      'accept-language': acceptLanguage,
    })
    if (answer.status === 204) return null
    const refusal = refusalOf(answer)
    // A control plane that has just started does not know the wake token of an earlier table.
    return refusal.code === 'route.not_found' ? refusals.asleep : refusal
  } catch {
    // The control plane is unreachable or restarting, its answer is not one of our errors, or it takes too
    // long.
    return refusals.asleep
  }
}

/**
 * Wakes sleeping services. A service is woken once, however many requests wait for it (once for each language
 * of the error message). A waiting request is not read, so its body stays with the client.
 */
export class Waker {
  readonly #underWay = new Map<string, Promise<Refusal | null>>()

  /**
   * Resolves with null when the service accepts requests, or with the refusal, after a minute at the latest.
   */
  wake(routing: Routing, serviceId: string, acceptLanguage: string | undefined): Promise<Refusal | null> {
    const language = preferredLanguage(acceptLanguage)
    const key = `${language} ${serviceId}`
    const known = this.#underWay.get(key)
    if (known) return known
    const mine = wakeNow(routing, serviceId, language).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, mine)
    return mine
  }
}
