/** Work on a service in its order. */
export type Turn = {
  /** Resolves when the work that it comes after has ended. Work that is not preemptible does not come after preemptible work. */
  earlier: Promise<void>
  /**
   * Takes the turn: resolves when `earlier` has, and preemptible work has given way and its effects are undone. Until the end of
   * this work, no preemptible work begins. One that comes too late for that gives way here itself, and resolves when nobody has the
   * turn any more, since undoing what it did before a restart must disturb nobody. Further calls change nothing.
   */
  take: () => Promise<void>
  /** Must be called at the end of the work. */
  end: () => void
}

type Preemptible = { giveWay: () => void; ended: Promise<void> }

/** The work on one service that has not ended. */
type Lane = {
  /** How much work there is. */
  count: number
  /** Resolves when the work ends that has taken its turn. Null if none has. */
  present: Promise<void> | null
  /** How much of it does not wait for preemptible work. */
  urgent: number
  /** Whether the work whose turn it is waits for preemptible work. */
  isPatient: boolean
  /** Resolves when the last work has ended that is not preemptible. */
  last: Promise<void>
  preemptible: Set<Preemptible>
}

const newLane = (): Lane => ({
  count: 0,
  present: null,
  urgent: 0,
  isPatient: false,
  last: Promise.resolve(),
  preemptible: new Set(),
})
const endOf = ({ preemptible }: Lane): Promise<unknown> =>
  Promise.all([...preemptible].map(({ ended }) => ended))
const letGiveWay = ({ preemptible }: Lane): void => {
  for (const { giveWay } of preemptible) giveWay()
}

/** Work that belongs to no service waits for nothing. */
const noTurn: Turn = { earlier: Promise.resolve(), take: async () => {}, end: () => {} }

/** A promise, and the function that resolves it. */
function ending(): { ended: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const ended = new Promise<void>((resolveIt) => (resolve = resolveIt))
  return { ended, resolve }
}

/** Work that is done once, however often it is asked for. */
const once = (work: () => Promise<void>): (() => Promise<void>) => {
  let result: Promise<void> | null = null
  return () => (result ??= work())
}

/**
 * Runs work on each service one after the other, and records when a service was last worked on. Preemptible work goes on beside
 * work that waits for its place elsewhere, and gives way when that takes its turn.
 */
export function createServiceQueue() {
  const lanes = new Map<string, Lane>()
  const touchedAt = new Map<string, number>()
  /** Increases each time that work is queued or ends. */
  let moment = 0

  const touch = (serviceId: string) => void touchedAt.set(serviceId, ++moment)
  function enterLane(serviceId: string): Lane {
    const lane = lanes.get(serviceId) ?? newLane()
    lanes.set(serviceId, lane)
    lane.count += 1
    touch(serviceId)
    return lane
  }
  function leaveLane(serviceId: string, lane: Lane): void {
    lane.count -= 1
    touch(serviceId)
    if (lane.count === 0) lanes.delete(serviceId)
  }

  /** Queues work. If it is patient, it waits for preemptible work instead of ending it, unless later work is in a hurry. */
  function enter(serviceId: string | null, { patient = false } = {}): Turn {
    if (serviceId === null) return noTurn
    const lane = enterLane(serviceId)
    const earlier = lane.last
    const { ended, resolve } = ending()
    lane.last = ended
    if (!patient) lane.urgent += 1
    if (!patient && lane.isPatient) letGiveWay(lane)
    let hasTaken = false
    return {
      earlier,
      take: once(async () => {
        await earlier
        hasTaken = true
        lane.present = ended
        lane.isPatient = lane.urgent === 0
        if (!lane.isPatient) letGiveWay(lane)
        await endOf(lane)
        lane.isPatient = false
      }),
      end: () => {
        if (!patient) lane.urgent -= 1
        if (hasTaken) lane.present = null
        leaveLane(serviceId, lane)
        resolve()
      },
    }
  }

  return {
    enter,
    /** Queues preemptible work. `giveWay` must end it soon. */
    enterPreemptible(serviceId: string | null, giveWay: () => void): Turn {
      if (serviceId === null) return noTurn
      const lane = enterLane(serviceId)
      const earlier = endOf(lane).then(() => {})
      // Work that takes its turn after this moment waits for this task, so this task does not wait for it.
      const { present } = lane
      const { ended, resolve } = ending()
      const mine = { giveWay, ended }
      lane.preemptible.add(mine)
      return {
        earlier,
        take: once(async () => {
          await earlier
          if (lane.present !== null) giveWay()
          await present
        }),
        end: () => {
          lane.preemptible.delete(mine)
          leaveLane(serviceId, lane)
          resolve()
        },
      }
    },
    /**
     * Runs work on a service when its turn comes: after the present work and before later work. Used by tasks
     * that work on many services.
     */
    inTurn<T>(serviceId: string, work: () => Promise<T>, how?: { patient: boolean }): Promise<T> {
      const turn = enter(serviceId, how)
      return turn.take().then(work).finally(turn.end)
    },
    /** A moment for `isUntouched` and `isFree`. */
    now: () => moment,
    /**
     * Whether no work on a service was queued, ran or ended since a moment. Then data that was read since
     * that moment is still valid.
     */
    isUntouched: (serviceId: string, since: number): boolean =>
      !lanes.has(serviceId) && (touchedAt.get(serviceId) ?? 0) <= since,
    /**
     * Whether preemptible work on a service would begin at once, and no work was queued or ended since a moment. Work may
     * wait that has not taken its turn: it has changed nothing yet.
     */
    isFree(serviceId: string, since: number): boolean {
      const { present, preemptible } = lanes.get(serviceId) ?? newLane()
      return present === null && preemptible.size === 0 && (touchedAt.get(serviceId) ?? 0) <= since
    },
  }
}
