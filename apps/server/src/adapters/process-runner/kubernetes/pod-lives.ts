import { signalOf, type Exit } from '../crash-loop.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { ProcessSpec } from '../process-runner.ts'
import type { PodEnd, PodFacts } from './pod-facts.ts'

/** The life of a pod’s container that is known: the pod by its UID. */
export type KnownLife = NonNullable<ProcessRecord['container']>

const noProgram = /no such file or directory|executable file not found/i
const forbidden = /permission denied/i
const longestSaid = 500
/** Why a container never began: different versions of the cluster say it differently. */
const startFailures = new Set(['StartError', 'ContainerCannotRun'])

/** The identity of the present life of a pod. Null if it has none. Pure. */
export const generationOf = (life: KnownLife | null): string | null =>
  life?.hasEnded === false ? `${life.id}-${life.restartCount}` : null

/** How a life ended: by its container's report, or because its pod was removed. Null if it is not known. */
export type LifeEnd = { of: PodEnd } | { removed: string } | null

/** The changes of a pod since the known life. */
export type Passed = {
  /** The ends that are new, oldest first. */
  ends: LifeEnd[]
  /** How many lives have begun. */
  begun: number
  /** The last of them. */
  life: KnownLife | null
}

/**
 * Compares a pod with the life that is known, of this pod or of another one. Of the lives in between, only the last end is known.
 * Pure.
 */
export function passedSince(known: KnownLife | null, pod: PodFacts): Passed {
  const isSame = known?.id === pod.uid
  const from = isSame ? known.restartCount : -1
  const isOver = pod.running === null && pod.ended !== null
  const hasBegun = pod.running !== null || isOver
  // Until a life begins, the number is that of the previous one.
  const last = hasBegun ? pod.restartCount : pod.restartCount - (pod.lastEnded === null ? 1 : 0)
  const isOfLast = !hasBegun && pod.lastEnded !== null && pod.restartCount === last
  const ends: LifeEnd[] = []
  for (let index = Math.max(from, 0); index <= last; index += 1) {
    if (isSame && index === from && known.hasEnded) continue
    if (index < last)
      ends.push(index === last - 1 && pod.lastEnded && hasBegun ? { of: pod.lastEnded } : null)
    else if (isOver && pod.ended) ends.push({ of: pod.ended })
    else if (isOfLast && pod.lastEnded) ends.push({ of: pod.lastEnded })
  }
  if (last < 0) return { ends, begun: 0, life: isSame ? known : null }
  const startedAt = pod.running?.startedAt ?? (isOver ? pod.ended : pod.lastEnded)?.startedAt ?? ''
  const life = { id: pod.uid, startedAt, restartCount: last, hasEnded: pod.running === null }
  return { ends, begun: last - from, life }
}

/** Returns the exit of a life. `at` is when it was seen, milliseconds since the epoch. Pure. */
export function exitOf(
  end: LifeEnd,
  { limits, startedAt }: Pick<ProcessRecord, 'startedAt'> & Pick<ProcessSpec, 'limits'>,
  at: number,
): Exit {
  const unseen = { at, ranMs: at - (startedAt ?? at), exitCode: null, signal: null, overLimit: null }
  if (end === null) return { ...unseen, ranMs: null }
  if ('removed' in end) return { ...unseen, removed: end.removed.slice(0, longestSaid) }
  const { exitCode, reason, message, startedAt: began, finishedAt } = end.of
  const told = began && finishedAt ? Date.parse(finishedAt) - Date.parse(began) : null
  // The cluster reports times in whole seconds, which is too coarse for a short life.
  const ranMs = told !== null && told > 0 && startedAt === null ? told : unseen.ranMs
  if (startFailures.has(reason)) {
    const errno = noProgram.test(message) ? 'ENOENT' : forbidden.test(message) ? 'EACCES' : null
    const said = message.replaceAll(/\s+/g, ' ').trim().slice(0, longestSaid)
    return { ...unseen, exitCode: 127, spawnFailed: { errno, said, by: 'kubernetes' } }
  }
  const signal = signalOf(exitCode)
  const { memory_mb: limit } = limits
  return {
    at,
    ranMs,
    exitCode: signal === null ? exitCode : null,
    signal,
    overLimit: reason === 'OOMKilled' && limit !== undefined ? { resource: 'memory', limit } : null,
  }
}
