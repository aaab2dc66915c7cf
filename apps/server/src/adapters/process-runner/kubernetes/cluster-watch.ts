import { z } from 'zod'
import type { KubernetesClient } from '../../kubernetes/kubernetes-client.ts'
import { lineSplitter } from '../../../lib/line-splitter.ts'
import { keepTrying, pause } from '../frame/keep-trying.ts'

const listAnswer = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  items: z.array(z.unknown()),
})
const watchLine = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.unknown(),
})
const versioned = z.object({ metadata: z.object({ resourceVersion: z.string() }) })

/** After this time, in seconds, the server ends a watch, and the next one continues where it ended. */
const watchSeconds = 240
/** How often the platform checks that the cluster still answers, in milliseconds. A watch does not show that. */
const pingEveryMs = 5_000
const pingMs = 5_000
/** The least time between two watches. */
const leastMs = 250

/** Something that happened to an object. */
export type ClusterEvent = { kind: string; type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: unknown }

/** What is told of the objects of a cluster. */
export type ClusterListener = {
  /** Called with all objects of each kind whenever the watches begin again. */
  listed: (all: ReadonlyMap<string, readonly unknown[]>) => void
  event: (event: ClusterEvent) => void
  /** Called if the cluster does not answer or refuses. The watch tries again. */
  away: (error: unknown) => void
}

/** The watch must begin again with a list, because the cluster no longer has the events since the last one. */
class TooOld extends Error {}

type Kinds = Readonly<Record<string, { path: string; selector: string }>>
type Deps = { client: KubernetesClient; kinds: Kinds; on: ClusterListener }

/** Reads one watch to its end and resolves with the version up to which everything was told. */
async function watchOnce(
  { client, kinds, on }: Deps,
  { kind, from, signal }: { kind: string; from: string; signal: AbortSignal },
): Promise<string> {
  const { path = '', selector = '' } = kinds[kind] ?? {}
  let version = from
  const answer = await client.stream({
    path,
    query: {
      watch: '1',
      labelSelector: selector,
      resourceVersion: from,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(watchSeconds),
    },
    signal,
  })
  const lines = lineSplitter((line) => {
    if (line.trim() === '') return
    const { type, object } = watchLine.parse(JSON.parse(line))
    if (type === 'ERROR') throw new TooOld(line.slice(0, 300))
    version = versioned.parse(object).metadata.resourceVersion
    if (type !== 'BOOKMARK') on.event({ kind, type, object })
  })
  for await (const chunk of answer) lines.write(Buffer.from(chunk))
  return version
}

/** Watches one kind, each time from where the last watch has ended. Rejects when that is not possible any more. */
async function watchKind(deps: Deps, kind: string, from: string, signal: AbortSignal): Promise<void> {
  let version = from
  while (!signal.aborted) {
    const began = Date.now()
    version = await watchOnce(deps, { kind, from: version, signal })
    // A server that ends each watch at once must not be asked without a pause.
    if (Date.now() - began < leastMs) await pause(leastMs, signal)
  }
}

/** Rejects when the cluster does not answer any more, so that a watch through a broken network does not hang. */
async function ping({ client, kinds }: Deps, signal: AbortSignal): Promise<void> {
  const [first] = Object.values(kinds)
  while (!signal.aborted) {
    await pause(pingEveryMs, signal)
    if (signal.aborted) return
    const query = { labelSelector: first?.selector, limit: '1', resourceVersion: '0' }
    await client.call({ method: 'GET', path: first?.path ?? '', query, timeoutMs: pingMs, signal })
  }
}

async function listAll({ client, kinds }: Deps, signal: AbortSignal) {
  const lists = Object.entries(kinds).map(async ([kind, { path, selector }]) => {
    const query = { labelSelector: selector }
    const answer = await client.call({ method: 'GET', path, query, signal })
    return { kind, ...listAnswer.parse(answer) }
  })
  return Promise.all(lists)
}

/** Lists all objects and watches them until the watches cannot continue. */
async function follow(deps: Deps, onOpen: () => void, signal: AbortSignal): Promise<void> {
  const lists = await listAll(deps, signal)
  if (signal.aborted) return
  deps.on.listed(new Map(lists.map(({ kind, items }) => [kind, items])))
  onOpen()
  const ending = new AbortController()
  const until = AbortSignal.any([signal, ending.signal])
  const watches = lists.map(({ kind, metadata }) => watchKind(deps, kind, metadata.resourceVersion, until))
  const all = [...watches, ping(deps, until)]
  try {
    await Promise.all(all)
  } finally {
    ending.abort()
    await Promise.allSettled(all)
  }
}

/**
 * Watches objects until the signal aborts. If a watch cannot continue, because the cluster does not answer or has
 * forgotten the events (410 Gone), everything is listed again.
 */
export function watchCluster(deps: Deps, signal: AbortSignal): Promise<void> {
  return keepTrying(async (succeeded) => {
    try {
      await follow(deps, succeeded, signal)
    } catch (error) {
      if (!signal.aborted && !(error instanceof TooOld)) deps.on.away(error)
    }
  }, signal)
}
