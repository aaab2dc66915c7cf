import type { ServiceEvent } from '@vitrine/contract'

/** A release that began to run, or an instance that was started again. */
export type ChangeMark = { at: number; kind: 'deploy' | 'start'; release: number | null }

/**
 * What charts mark, from the changes of a service, newest first: the first instance of another release, and instances
 * that run again after they did not. What came before the first known change is unknown, so it marks nothing unless
 * `isComplete`. Pure.
 */
export const marksOf = (events: readonly ServiceEvent[], isComplete: boolean): ChangeMark[] => {
  const ran = new Map<string, boolean>()
  let release: number | null = null
  return events.toReversed().flatMap((event): ChangeMark[] => {
    if (event.instance_id === null) return []
    const isRunning = event.status === 'RUNNING'
    const ranBefore = ran.get(event.instance_id)
    ran.set(event.instance_id, isRunning)
    if (!isRunning) return []
    const [isKnown, isOther] = [release !== null || isComplete, release !== event.release]
    release = event.release
    const at = Date.parse(event.at)
    if (isOther) return isKnown ? [{ at, kind: 'deploy', release }] : []
    return ranBefore === false ? [{ at, kind: 'start', release }] : []
  })
}
