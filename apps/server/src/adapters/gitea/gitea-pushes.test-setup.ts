/** What a stand-in for Gitea takes of pushes, and what came. */
export class StandInPushes {
  /** A request that is larger is answered with 413, as a proxy in front does. */
  mostBytes = Number.POSITIVE_INFINITY
  /** Answers to the next pushes, one each: a status, or null for one that is taken. */
  next: (number | null)[] = []
  /** The bytes of each request that was taken. */
  readonly taken: number[] = []

  /** Decides about a request. Gives the status of a refusal, or null. Git asks first, with 4 bytes, whether it may. */
  refuse(bytes: number): number | null {
    if (bytes <= 4) return null
    const status = this.next.shift() ?? (bytes > this.mostBytes ? 413 : null)
    if (status === null) this.taken.push(bytes)
    return status
  }
}
