import type { Actor } from './actor.ts'

/** Who or what a stream depends on: when that is revoked, the stream ends. */
export type StreamSubject = `${'session' | 'user' | 'key' | 'share'}:${string}`

/**
 * Every open event stream, by what it depends on, so that a revocation can end it.
 */
export type OpenStreams = {
  /** Registers how to end a stream that depends on these. The returned function removes it again. */
  add: (subjects: readonly StreamSubject[], end: () => void) => () => void
  /** Ends every stream that depends on this. */
  endOf: (subject: StreamSubject) => void
}

export function createOpenStreams(): OpenStreams {
  const open = new Map<StreamSubject, Set<() => void>>()
  return {
    add(subjects, end) {
      // Two streams may have the same way to end.
      const own = () => end()
      for (const subject of subjects) {
        const ends = open.get(subject) ?? new Set()
        open.set(subject, ends.add(own))
      }
      return () => {
        for (const subject of subjects) {
          const ends = open.get(subject)
          ends?.delete(own)
          if (ends?.size === 0) open.delete(subject)
        }
      }
    },
    endOf(subject) {
      for (const end of [...(open.get(subject) ?? [])]) end()
    },
  }
}

/** What the streams of an actor depend on. A key depends on its owner too. */
export function subjectsOf(actor: Actor | null): StreamSubject[] {
  if (actor?.kind === 'key')
    return [`user:${actor.id}`, ...(actor.key ? [`key:${actor.key.id}` as const] : [])]
  if (actor?.kind !== 'user') return []
  return [
    `user:${actor.id}`,
    ...(actor.sessionId === undefined ? [] : [`session:${actor.sessionId}` as const]),
  ]
}

/** Makes the function that ends the streams of people who have lost a right. They open them again where they still may. */
export const endStreamsOf =
  (streams: Pick<OpenStreams, 'endOf'>) =>
  (userIds: readonly string[]): void => {
    for (const id of userIds) streams.endOf(`user:${id}`)
  }
