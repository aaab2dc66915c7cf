import type { PushedCommit } from './register-commit.ts'

/** See {@link createOpenPushes}. */
export type OpenPushes = ReturnType<typeof createOpenPushes>

/**
 * Remembers pushes to the platform's own host that nobody has dealt with: those that are being received, and those whose work has failed,
 * which are looked at again soon. What a restart forgets of it is found at the start.
 */
export function createOpenPushes() {
  const underWay = new Map<string, number>()
  let left = new Map<string, PushedCommit | null>()
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
    /** Something of an algorithm has to be looked at again. `push`: its newest commit and who has sent it, if that is known. */
    leave: (algorithmId: string, push: PushedCommit | null = null): void =>
      void left.set(algorithmId, push ?? left.get(algorithmId) ?? null),
    /** The same for a push that was taken from what is left. A newer one that was left meanwhile stays. */
    leaveAgain: (algorithmId: string, push: PushedCommit | null): void =>
      void left.set(algorithmId, left.get(algorithmId) ?? push),
    /** What has to be looked at again, by algorithm. Whoever takes it must look, or leave it again. */
    takeLeft(): ReadonlyMap<string, PushedCommit | null> {
      const taken = left
      left = new Map()
      return taken
    },
  }
}
