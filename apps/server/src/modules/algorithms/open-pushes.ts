import type { PushedCommit } from './register-commit.ts'

/** Something that has to be looked at again. `push`: the newest commit of the algorithm and who has sent it, if that is known. */
export type LeftPush = { push: PushedCommit | null }

/** See {@link createOpenPushes}. */
export type OpenPushes = ReturnType<typeof createOpenPushes>

/**
 * Remembers pushes to the platform's own host that nobody has dealt with: those that are being received, and those whose work has failed,
 * which are looked at again soon. What a restart forgets of it is found at the start.
 */
export function createOpenPushes() {
  const underWay = new Map<string, number>()
  const left = new Map<string, LeftPush>()
  return {
    /** A push to an algorithm begins. Call the returned function at its end. */
    begin(algorithmId: string): () => void {
      underWay.set(algorithmId, (underWay.get(algorithmId) ?? 0) + 1)
      return () => {
        const others = (underWay.get(algorithmId) ?? 1) - 1
        if (others === 0) underWay.delete(algorithmId)
        else underWay.set(algorithmId, others)
      }
    },
    isUnderWay: (algorithmId: string): boolean => underWay.has(algorithmId),
    /** Something of an algorithm has to be looked at again, until that is settled. What is known of a push stays known. */
    leave: (algorithmId: string, push: PushedCommit | null = null): void =>
      void left.set(algorithmId, { push: push ?? left.get(algorithmId)?.push ?? null }),
    /** What has to be looked at again, by algorithm. */
    left: (): ReadonlyMap<string, LeftPush> => new Map(left),
    /** This was dealt with. What was left of the algorithm since then stays. */
    settle(algorithmId: string, what: LeftPush | undefined): void {
      if (left.get(algorithmId) === what) left.delete(algorithmId)
    },
  }
}
