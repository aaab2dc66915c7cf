import type { ProcessRecord } from '../process-records.ts'
import type { ContainerFacts } from './docker-engine.ts'
import type { ContainerEvent } from './docker-events.ts'

/** The container of a record, and its known life. `startedAt` is empty until the first life is known. */
export type KnownContainer = NonNullable<ProcessRecord['container']>

/** The identity of the present life of a container. Null if it has none. Pure. */
export const generationOf = (container: KnownContainer | null): string | null =>
  container?.hasEnded === false ? `${container.id.slice(0, 12)}-${container.startedAt}` : null

/** Whether an event belongs to a life whose end is known. Pure. */
export const isOfEndedLife = (
  { at }: Pick<ContainerEvent, 'at'>,
  { hasEnded, startedAt }: KnownContainer,
): boolean => hasEnded || at <= Date.parse(startedAt)

/** A life that is already over, so that only its events tell about it. `at` is when it began, in milliseconds. Pure. */
export const passedLife = (container: KnownContainer, at: number): KnownContainer => ({
  ...container,
  startedAt: new Date(at).toISOString(),
  restartCount: container.restartCount + (container.startedAt === '' ? 0 : 1),
  hasEnded: false,
})

/** Whether the end of the known life has been recorded. False for a container without a known life. Pure. */
export const isEndKnown = (container: KnownContainer | null): boolean =>
  container?.hasEnded === true && container.startedAt !== ''

/** How late an event of Docker may arrive, in milliseconds. */
const eventMs = 2_000

/** Whether an event about its next start should have arrived by now, if Docker says that it is running. Pure. */
export function isOverdue(
  { container, exits, startedAt }: Pick<ProcessRecord, 'container' | 'exits' | 'startedAt'>,
  now: number,
): boolean {
  const last = Math.max(exits.at(-1)?.at ?? 0, startedAt ?? 0)
  return container?.hasEnded === true && now - last > eventMs
}

/** How often Docker has restarted a container since its known life. 0 if that is its present life. Pure. */
export function restartsSince(
  known: KnownContainer | null,
  { id, startedAt, restartCount }: Pick<ContainerFacts, 'id' | 'startedAt' | 'restartCount'>,
): number {
  if (known?.id !== id || known.startedAt === startedAt) return 0
  return Math.max(known.startedAt === '' ? 0 : 1, restartCount - known.restartCount)
}
