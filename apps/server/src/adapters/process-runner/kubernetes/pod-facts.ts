import { z } from 'zod'
import { kubernetesAnnotations, kubernetesLabels } from '../../kubernetes/kubernetes-labels.ts'

const texts = z.record(z.string(), z.string()).default({})
const marks = { labels: texts, annotations: texts }
type Marks = { labels: Record<string, string>; annotations: Record<string, string> }

/** The instance that an object is of. One of an earlier version has its id in the label alone. */
const instanceOf = ({ labels, annotations }: Marks): string =>
  annotations[kubernetesAnnotations.instance] ?? labels[kubernetesLabels.instance] ?? ''

const terminated = z.object({
  exitCode: z.number(),
  reason: z.string().default(''),
  message: z.string().default(''),
  startedAt: z.string().nullish(),
  finishedAt: z.string().nullish(),
})
const state = z
  .object({
    waiting: z.object({ reason: z.string().default(''), message: z.string().default('') }).nullish(),
    running: z.object({ startedAt: z.string() }).nullish(),
    terminated: terminated.nullish(),
  })
  .default({})

const podObject = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    creationTimestamp: z.string(),
    deletionTimestamp: z.string().nullish(),
    ...marks,
    ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
  }),
  spec: z.object({ nodeName: z.string().nullish() }).default({}),
  status: z
    .object({
      phase: z.string().default('Pending'),
      podIP: z.string().nullish(),
      reason: z.string().nullish(),
      message: z.string().nullish(),
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string().nullish(),
            message: z.string().nullish(),
          }),
        )
        .default([]),
      containerStatuses: z.array(z.object({ restartCount: z.number(), state, lastState: state })).default([]),
    })
    .default({ phase: 'Pending', conditions: [], containerStatuses: [] }),
})

/** How one life of a container ended, as the cluster tells it. Times are as it writes them, to the second. */
export type PodEnd = z.infer<typeof terminated>

/** The facts about a pod of ours at one moment. */
export type PodFacts = {
  name: string
  uid: string
  instance: string
  /** The object that owns it. It distinguishes our pods from pods that somebody else made with our labels. */
  owner: string | null
  madeAt: number
  /** Whether it was told to end. It may keep serving for a while. */
  isEnding: boolean
  /** When it is killed, if it was told to end; milliseconds since the epoch. */
  endsAt: number | null
  /** Whether its container has lived. It may have ended since. */
  hasBegun: boolean
  /** Whether the cluster has given it up, such as a pod that was evicted. */
  hasFailed: boolean
  address: string | null
  /** Null before it is placed. */
  node: string | null
  /** How many lives its container has had before this one. */
  restartCount: number
  /** Its present life. Null if it has none now. */
  running: { startedAt: string } | null
  waiting: { reason: string; message: string } | null
  /** How this life ended, and how the previous one ended. */
  ended: PodEnd | null
  lastEnded: PodEnd | null
  /** Why it has no node; null if it has one, or may have one at once. */
  unscheduled: string | null
  /** The cluster's message about the whole pod, such as why it was evicted. */
  said: string | null
}

/** Parses a pod of the API. Throws if the object is not a pod. Pure. */
export function podFacts(object: unknown): PodFacts {
  const { metadata, spec, status } = podObject.parse(object)
  const [container] = status.containerStatuses
  const scheduled = status.conditions.find(({ type }) => type === 'PodScheduled')
  const said = [status.reason, status.message].filter(Boolean).join(': ')
  return {
    name: metadata.name,
    uid: metadata.uid,
    instance: instanceOf(metadata),
    owner: metadata.ownerReferences.find(({ kind }) => kind === 'ReplicaSet')?.name ?? null,
    madeAt: Date.parse(metadata.creationTimestamp),
    isEnding: Boolean(metadata.deletionTimestamp),
    endsAt: metadata.deletionTimestamp ? Date.parse(metadata.deletionTimestamp) : null,
    hasBegun: status.phase === 'Running',
    hasFailed: status.phase === 'Failed' || status.phase === 'Succeeded',
    address: status.podIP || null,
    node: spec.nodeName || null,
    restartCount: container?.restartCount ?? 0,
    running: container?.state.running ?? null,
    waiting: container?.state.waiting ?? null,
    ended: container?.state.terminated ?? null,
    lastEnded: container?.lastState.terminated ?? null,
    unscheduled:
      scheduled?.status === 'False' && scheduled.reason === 'Unschedulable'
        ? (scheduled.message ?? '')
        : null,
    said: said === '' ? null : said,
  }
}

const replicaSetObject = z.object({
  metadata: z.object({ name: z.string(), uid: z.string(), generation: z.number().default(1), ...marks }),
  status: z
    .object({
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), message: z.string().default('') }))
        .default([]),
    })
    .default({ conditions: [] }),
})

/** The facts about the ReplicaSet that keeps a pod running. */
export type ReplicaSetFacts = {
  name: string
  uid: string
  instance: string
  platform: string
  /** Counts the changes of what it should do. */
  generation: number
  /** Why it cannot make its pod; null if it can. */
  failure: string | null
}

/** Parses a ReplicaSet of the API. Throws if the object is not a ReplicaSet. Pure. */
export function replicaSetFacts(object: unknown): ReplicaSetFacts {
  const { metadata, status } = replicaSetObject.parse(object)
  const failure = status.conditions.find(({ type, status: is }) => type === 'ReplicaFailure' && is === 'True')
  return {
    name: metadata.name,
    uid: metadata.uid,
    instance: instanceOf(metadata),
    platform: metadata.labels[kubernetesLabels.platform] ?? '',
    generation: metadata.generation,
    failure: failure?.message ?? null,
  }
}

/** The objects of one instance in the cluster. */
export type Seen = { pods: readonly PodFacts[]; replicaSet: ReplicaSetFacts | null }

/** The current pod: the newest one that was not told to end. Null if there is none. Pure. */
export function currentPod({ pods }: Pick<Seen, 'pods'>): PodFacts | null {
  const staying = pods.filter(({ isEnding, hasFailed }) => !isEnding && !hasFailed)
  return staying.toSorted((a, b) => b.madeAt - a.madeAt || b.name.localeCompare(a.name))[0] ?? null
}

/** How late a node may kill a pod that was told to end, or report its end, in milliseconds. */
const lateMs = 5_000

/**
 * Whether something of a pod may still run at a time. One that was told to end and has ended stays listed for up to a
 * minute; older clusters then report that its container is being created. Pure.
 */
export function mayRun({ isEnding, endsAt, hasBegun, hasFailed, running }: PodFacts, now: number): boolean {
  if (hasFailed) return false
  if (!isEnding || running !== null) return true
  return !hasBegun && now < (endsAt ?? now) + lateMs
}
