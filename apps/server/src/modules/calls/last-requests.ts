import type { RecordedCall } from './call-line.ts'

/** When each service got its last request. Idle services are put to sleep by this. */
export type LastRequests = {
  /**
   * When the last request to a service ended. Null if none is known. Requests that are still running are
   * counted by the gateway.
   */
  lastAt: (serviceId: string) => Date | null
}

/** A request without permission to call must not keep a service awake. */
const isRefused = ({ error }: RecordedCall) => error?.startsWith('auth.') ?? false

/** The last requests, in memory. They are loaded from the table at start, and then updated from recorded calls. */
export class LastRequestTimes implements LastRequests {
  readonly #times = new Map<string, number>()

  lastAt(serviceId: string): Date | null {
    const time = this.#times.get(serviceId)
    return time === undefined ? null : new Date(time)
  }

  /** Takes the last requests from the table. */
  load(known: readonly { serviceId: string; at: Date }[]): void {
    for (const { serviceId, at } of known) this.#note(serviceId, at)
  }

  /** Takes newly recorded calls. */
  add(calls: readonly RecordedCall[]): void {
    for (const call of calls) if (!isRefused(call)) this.#note(call.serviceId, call.time)
  }

  /** Drops a deleted service. */
  forget(serviceId: string): void {
    this.#times.delete(serviceId)
  }

  #note(serviceId: string, at: Date): void {
    this.#times.set(serviceId, Math.max(at.getTime(), this.#times.get(serviceId) ?? 0))
  }
}
