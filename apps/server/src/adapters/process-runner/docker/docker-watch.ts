import { dockerSaid, dockerStatus } from '../../docker/docker-client.ts'
import { keepTrying } from '../frame/keep-trying.ts'
import type { DockerEngine } from './docker-engine.ts'
import type { ContainerEvent } from './docker-events.ts'

const lookEveryMs = 1_000

/** What is told of the containers of a platform. */
export type DockerListener = {
  /** Called when events of Docker are received from now on. */
  here: () => void
  away: () => void
  event: (event: ContainerEvent) => void
  /** Called once a second with the containers that were running when Docker was asked at `askedAt`. */
  alive: (alive: ReadonlySet<string>, askedAt: number) => void
  error: (error: unknown) => void
}

type Deps = {
  engine: Pick<DockerEngine, 'listen' | 'ping' | 'list'>
  /** Whether there is nothing to ask Docker for. */
  isIdle: () => boolean
  on: DockerListener
}

/**
 * Asks Docker which containers are running. Calls `hangs` if it does not answer, even if its stream of events is still
 * open.
 */
async function askOnce({ engine, isIdle, on }: Deps, hangs: () => void, signal: AbortSignal): Promise<void> {
  if (isIdle()) return
  try {
    await engine.ping()
    const askedAt = Date.now()
    const found = await engine.list()
    if (signal.aborted) return
    on.alive(new Set(found.filter(({ isAlive }) => isAlive).map(({ id }) => id)), askedAt)
  } catch (error) {
    if (signal.aborted) return
    if (dockerStatus(error) === null) hangs()
    else on.error(error)
  }
}

/**
 * Receives events until Docker goes away or the signal aborts, and asks for the list at the same time. Resolves with
 * the cause if no events could be received.
 */
async function hearOnce(deps: Deps, succeeded: () => void, signal: AbortSignal): Promise<unknown> {
  const { engine, on } = deps
  const hearing = new AbortController()
  const until = AbortSignal.any([signal, hearing.signal])
  let timer: NodeJS.Timeout | undefined
  let isAsking = false
  const ask = async () => {
    if (isAsking) return
    isAsking = true
    try {
      await askOnce(deps, () => hearing.abort(), until)
    } finally {
      isAsking = false
    }
  }
  const open = () => {
    succeeded()
    on.here()
    timer = setInterval(() => void ask().catch(on.error), lookEveryMs)
    timer.unref()
  }
  try {
    await engine.listen({ open, event: on.event, unread: on.error }, until)
    return null
  } catch (error) {
    return error
  } finally {
    clearInterval(timer)
  }
}

/**
 * Watches the containers of a platform until the signal aborts: by the events of Docker, and by a list once a second,
 * which finds containers that Docker has given up and a Docker that hangs. The reason why Docker does not answer, such
 * as a socket without permission, is reported once, although the connection is tried again and again.
 */
export function watchDocker(deps: Deps, signal: AbortSignal): Promise<void> {
  const { on } = deps
  let awayBecause: string | null = null
  return keepTrying(async (succeeded) => {
    const heard = () => {
      awayBecause = null
      succeeded()
    }
    const cause = await hearOnce(deps, heard, signal)
    if (signal.aborted) return
    const said = cause === null ? null : dockerSaid(cause)
    if (said !== null && said !== awayBecause) on.error(cause)
    awayBecause = said
    on.away()
  }, signal)
}
