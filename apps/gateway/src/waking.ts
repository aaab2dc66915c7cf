import { request } from 'node:http'
import { errorBody, type Endpoint } from '@vitrine/contract'
import { requestOptions } from './connection.ts'
import { languageOf, refusals, type Refusal } from './refusals.ts'
import type { Routing } from './routing.ts'

/** The longest that a request waits for a sleeping service. */
const waitMs = 60_000
/** An answer that is longer is none of the control plane's errors. */
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

/** Why a service was not woken, in the control plane's words. They are in the language that it was asked in. */
function refusalOf({ status, retryAfter, body }: Answer): Refusal {
  const { error } = errorBody.parse(JSON.parse(body))
  return {
    ...{ code: error.code, status, zh: error.message, en: error.message },
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
    return answer.status === 204 ? null : refusalOf(answer)
  } catch {
    // The control plane is away, restarts, says what is no error of ours, or takes longer than anybody should wait.
    return refusals.asleep
  }
}

/**
 * Wakes sleeping services, each once however many requests wait for it (once for each language they are told a failure
 * in). A request that waits is not read on meanwhile, so what its client sends stays with the client.
 */
export class Waker {
  readonly #underWay = new Map<string, Promise<Refusal | null>>()

  /** Resolves with null once the service takes requests, or with why it does not; a minute later at the latest. */
  wake(routing: Routing, serviceId: string, acceptLanguage: string | undefined): Promise<Refusal | null> {
    const language = languageOf(acceptLanguage)
    const key = `${language} ${serviceId}`
    const known = this.#underWay.get(key)
    if (known) return known
    const mine = wakeNow(routing, serviceId, language).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, mine)
    return mine
  }
}
