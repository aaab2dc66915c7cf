import type { ProcessRecord } from '../process-records.ts'
import type { ContainerFacts } from './docker-engine.ts'
import type { ContainerEvent } from './docker-events.ts'

/** The container of a record, and the one of its lives that is known. `startedAt` is empty until the first is. */
export type KnownContainer = NonNullable<ProcessRecord['container']>

/** Which life a container lives; null if none. Pure. */
export const generationOf = (container: KnownContainer | null): string | null =>
  container?.hasEnded === false ? `${container.id.slice(0, 12)}-${container.startedAt}` : null

/** Whether an event is of a life whose end is known. Pure. */
export const isOfEndedLife = (
  { at }: Pick<ContainerEvent, 'at'>,
  { hasEnded, startedAt }: KnownContainer,
): boolean => hasEnded || at <= Date.parse(startedAt)

/** A life that began and is over by now, so only its events tell of it. `at`: when it began, milliseconds. Pure. */
export const passedLife = (container: KnownContainer, at: number): KnownContainer => ({
  ...container,
  startedAt: new Date(at).toISOString(),
  restartCount: container.restartCount + (container.startedAt === '' ? 0 : 1),
  hasEnded: false,
})

/** Whether the end of the life that is known has been recorded. Of a container without one, no life has. Pure. */
export const isEndKnown = (container: KnownContainer | null): boolean =>
  container?.hasEnded === true && container.startedAt !== ''

/** How long an event of Docker may take, milliseconds. */
const eventMs = 2_000

/** Whether its next start should have been told by now, if Docker says that it lives. Pure. */
export function isOverdue(
  { container, exits, startedAt }: Pick<ProcessRecord, 'container' | 'exits' | 'startedAt'>,
  now: number,
): boolean {
  const last = Math.max(exits.at(-1)?.at ?? 0, startedAt ?? 0)
  return container?.hasEnded === true && now - last > eventMs
}

/** How often Docker has started a container again since the life that is known: never, if that is the one it lives. Pure. */
export function restartsSince(
  known: KnownContainer | null,
  { id, startedAt, restartCount }: Pick<ContainerFacts, 'id' | 'startedAt' | 'restartCount'>,
): number {
  if (known?.id !== id || known.startedAt === startedAt) return 0
  return Math.max(known.startedAt === '' ? 0 : 1, restartCount - known.restartCount)
}
