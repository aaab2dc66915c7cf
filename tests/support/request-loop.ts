import { setTimeout as delay } from 'node:timers/promises'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'

/** Requests that are sent one after the other until `stop`, several at once. */
export type RequestLoop = {
  /** Resolves once so many more were answered well. */
  answered: (more: number) => Promise<void>
  /** Ends it; what failed, a line each. */
  stop: () => Promise<{ answered: number; failures: string[] }>
}

const answeredTimeoutMs = 60_000
/**
 * A lane begins no more than one request in so long: two loops of two lanes are some 800 a second, several in each moment of a change.
 * As many as the machine can would leave nothing of it to what is tested.
 */
const paceMs = 5

/** Sends requests in `lanes` lanes, one after the other in each; anything but a 200 whose body passes `isGood` is a failure. */
export function requestLoop(
  send: () => Promise<Response>,
  isGood: (body: string) => boolean,
  lanes = 2,
): RequestLoop {
  const failures: string[] = []
  let answered = 0
  let going = true

  async function lane(): Promise<void> {
    while (going) {
      const next = delay(paceMs)
      try {
        const response = await send()
        const body = await response.text()
        if (response.status === 200 && isGood(body)) answered += 1
        else failures.push(`${response.status} ${body}`)
      } catch (error) {
        failures.push(error instanceof Error ? `${error.message}: ${String(error.cause)}` : String(error))
      }
      await next
    }
  }
  const running = Array.from({ length: lanes }, lane)

  return {
    async answered(more) {
      const goal = answered + more
      if (!(await waitFor(() => answered >= goal, { timeoutMs: answeredTimeoutMs })))
        throw new Error(`only ${answered} of ${goal} answers; failures: ${failures.slice(0, 5).join('\n')}`)
    },
    async stop() {
      going = false
      await Promise.all(running)
      return { answered, failures }
    },
  }
}
