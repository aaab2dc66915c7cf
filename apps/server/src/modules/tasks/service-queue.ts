/** Runs work on each service one after the other, and records when a service was last worked on. */
export function createServiceQueue() {
  const lastOfService = new Map<string, Promise<void>>()
  const touchedAt = new Map<string, number>()
  /** Increases each time that work is queued or ends. */
  let moment = 0

  function touch(serviceId: string | null): void {
    moment += 1
    if (serviceId !== null) touchedAt.set(serviceId, moment)
  }
  const after = (serviceId: string | null): Promise<void> =>
    (serviceId !== null && lastOfService.get(serviceId)) || Promise.resolve()
  function addTurn(serviceId: string, turn: Promise<void>): void {
    touch(serviceId)
    lastOfService.set(serviceId, turn)
    void turn.finally(() => {
      if (lastOfService.get(serviceId) === turn) lastOfService.delete(serviceId)
    })
  }

  return {
    /** Resolves when the running and queued work on a service has ended. Resolves at once without a service. */
    after,
    /** Queues later work on a service after `turn`, which never rejects. */
    addTurn,
    /** Records that work on a service, or on none, was queued or has ended. */
    touch,
    /**
     * Runs work on a service when its turn comes: after the present work and before later work. Used by tasks
     * that work on many services.
     */
    inTurn<T>(serviceId: string, work: () => Promise<T>): Promise<T> {
      const result = after(serviceId).then(work)
      const ended = () => touch(serviceId)
      addTurn(serviceId, result.then(ended, ended))
      return result
    },
    /** A moment for {@link isUntouched}. */
    now: () => moment,
    /**
     * Whether no work on a service was queued, ran or ended since a moment. Then data that was read since
     * that moment is still valid.
     */
    isUntouched: (serviceId: string, since: number): boolean =>
      !lastOfService.has(serviceId) && (touchedAt.get(serviceId) ?? 0) <= since,
  }
}
