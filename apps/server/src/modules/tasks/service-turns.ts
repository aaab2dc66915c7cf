/** Keeps who works on which service, one after the other, and when a service was last worked on. */
export function createServiceTurns() {
  const lastOfService = new Map<string, Promise<void>>()
  const touchedAt = new Map<string, number>()
  /** Rises with each piece of work that begins to wait or ends. */
  let moment = 0

  function touch(serviceId: string | null): void {
    moment += 1
    if (serviceId !== null) touchedAt.set(serviceId, moment)
  }
  const after = (serviceId: string | null): Promise<void> =>
    (serviceId !== null && lastOfService.get(serviceId)) || Promise.resolve()
  function take(serviceId: string, turn: Promise<void>): void {
    touch(serviceId)
    lastOfService.set(serviceId, turn)
    void turn.finally(() => {
      if (lastOfService.get(serviceId) === turn) lastOfService.delete(serviceId)
    })
  }

  return {
    /** Resolves when what is under way and waiting for a service now has ended; at once where there is no service. */
    after,
    /** What comes next for a service comes after `turn`, which never rejects. */
    take,
    /** Work on a service, or on none, has begun to wait or has ended. */
    touch,
    /**
     * Works on a service when its turn comes: after what is at it now, before what comes later. For work on many services
     * that has one task for all of them.
     */
    inTurn<T>(serviceId: string, work: () => Promise<T>): Promise<T> {
      const result = after(serviceId).then(work)
      const ended = () => touch(serviceId)
      take(serviceId, result.then(ended, ended))
      return result
    },
    /** A moment to ask {@link isUntouched} about. */
    now: () => moment,
    /** Whether no work on a service has waited, run or ended since a moment: what was read of it since then still holds. */
    isUntouched: (serviceId: string, since: number): boolean =>
      !lastOfService.has(serviceId) && (touchedAt.get(serviceId) ?? 0) <= since,
  }
}
