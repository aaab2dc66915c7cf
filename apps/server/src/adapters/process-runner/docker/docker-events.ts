import { z } from 'zod'
import { lineSplitter } from '../../../lib/line-splitter.ts'
import type { Docker } from '../../docker/docker-client.ts'
import { labels } from '../../docker/labels.ts'
import { orUnavailable } from './or-unavailable.ts'

const eventLine = z.object({
  Action: z.string(),
  timeNano: z.number(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()).nullish() }),
})
/** Something that happened to a container of ours. */
export type ContainerEvent = {
  instance: string
  container: string
  action: string
  /** The exit code, if the event is an exit; null for any other event. */
  exitCode: number | null
  /** Milliseconds since the epoch. */
  at: number
}

/** Parses one line of the stream of events. Throws if it is not an event. */
function eventOf(line: string): ContainerEvent {
  const { Action, Actor, timeNano } = eventLine.parse(JSON.parse(line))
  const code = Actor.Attributes?.exitCode
  return {
    instance: Actor.Attributes?.[labels.instance] ?? '',
    container: Actor.ID,
    action: Action,
    exitCode: Action === 'die' && code !== undefined ? Number(code) : null,
    at: timeNano / 1e6,
  }
}

/** How long a daemon may take to tell what it remembers, in milliseconds. */
const recallMs = 5_000

/**
 * Returns the ends of a container from `since` to now that the daemon remembers, oldest first: it keeps the last 256 events
 * of all its containers, and forgets them when it ends. `since` is in milliseconds since the epoch.
 */
export async function recallEnds(docker: Docker, id: string, since: number): Promise<ContainerEvent[]> {
  const events: ContainerEvent[] = []
  const options = {
    since: since / 1000,
    until: Date.now() / 1000,
    filters: { container: [id], event: ['die', 'oom'] },
    abortSignal: AbortSignal.timeout(recallMs),
  }
  const stream = await orUnavailable(docker.getEvents(options))
  const lines = lineSplitter((line) => void events.push(eventOf(line)))
  for await (const bytes of stream) lines.write(Buffer.from(bytes))
  lines.end()
  return events
}

/** `open` is called when the stream of events is open, and `unread` with a line that is not an event. */
export type ContainerListener = {
  open: () => void
  event: (event: ContainerEvent) => void
  unread: (error: Error) => void
}

type Containers = { label: string[] }

/** Opens the stream of events, which the signal ends. A stream that opens too late is closed. */
async function openStream(
  docker: Docker,
  containers: Containers,
  signal: AbortSignal,
): Promise<NodeJS.ReadableStream> {
  const late = new AbortController()
  const filters = { ...containers, event: ['start', 'die', 'oom', 'destroy'] }
  const abortSignal = AbortSignal.any([signal, late.signal])
  try {
    return await orUnavailable(docker.getEvents({ filters, abortSignal }))
  } catch (error) {
    late.abort()
    throw error
  }
}

/** Reports the events of containers with these labels, until the daemon goes away or the signal aborts. */
export async function hearEvents(
  docker: Docker,
  containers: Containers,
  on: ContainerListener,
  signal: AbortSignal,
): Promise<void> {
  const stream = await openStream(docker, containers, signal)
  const lines = lineSplitter((line) => {
    let event: ContainerEvent
    try {
      event = eventOf(line)
    } catch (error) {
      return on.unread(new Error(`Docker sent no event but “${line.slice(0, 200)}”`, { cause: error }))
    }
    on.event(event)
  })
  await new Promise<void>((resolve) => {
    stream.on('data', (bytes: Buffer) => lines.write(bytes))
    for (const name of ['error', 'end', 'close']) stream.on(name, () => resolve())
    if (signal.aborted) return resolve()
    on.open()
  })
}
