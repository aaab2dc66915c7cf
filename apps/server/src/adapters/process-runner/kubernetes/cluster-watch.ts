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

/** After this the server ends a watch by itself, and the next one goes on where it ended. */
const watchSeconds = 240
/** How often the cluster is asked whether it still answers. A watch does not tell that by itself. */
const pingEveryMs = 5_000
const pingMs = 5_000
/** The least time between two watches. */
const leastMs = 250

/** Something that happened to an object. */
export type ClusterEvent = { kind: string; type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: unknown }

/** What is told of the objects of a cluster. */
export type ClusterListener = {
  /** All objects of each kind, whenever the cluster can be watched anew. */
  listed: (all: ReadonlyMap<string, readonly unknown[]>) => void
  event: (event: ClusterEvent) => void
  /** The cluster does not answer, or refuses. It is tried again. */
  away: (error: unknown) => void
}

/** The watch must begin anew with a list: what has happened meanwhile is not told any more. */
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

/** One time from the list of everything to the moment at which the watches can go on no more. */
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
 * Watches objects until the signal aborts. When a watch cannot go on, because the cluster is away or has forgotten what happened
 * meanwhile (410 Gone), everything is listed again.
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
