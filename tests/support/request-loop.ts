import { setImmediate as giveWay, setTimeout as delay } from 'node:timers/promises'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'

/** Requests that are sent one after the other until `stop`, in several lanes at once. */
export type RequestLoop = {
  /** Resolves when this many more were answered successfully. */
  answered: (more: number) => Promise<void>
  /** Ends the loop. Returns the number of answers, and a line for each failure. */
  stop: () => Promise<{ answered: number; failures: string[] }>
}

const answeredTimeoutMs = 60_000
/**
 * The shortest time between two requests of a lane. Two loops of two lanes send about 200 requests per
 * second, so that one is under way at each moment of a change. More would leave no CPU time to the tested code.
 */
const paceMs = 20

/**
 * Sends requests in `lanes` lanes, one after the other in each. Everything except a 200 whose body passes
 * `isGood` is a failure.
 */
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
      // After what has arrived meanwhile is read: a connection that was closed while this process waited for the processor is not
      // taken for an open one.
      await giveWay()
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
