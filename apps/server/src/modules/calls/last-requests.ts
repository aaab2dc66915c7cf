import type { RecordedCall } from './call-line.ts'

/** When each service was last asked for something; what puts idle services to sleep goes by it. */
export type LastRequests = {
  /** When the last request to a service ended; null where none is known. Requests under way are the gateway's to tell. */
  lastAt: (serviceId: string) => Date | null
}

/** What a stranger without leave to call sends keeps no service awake. */
const isRefused = ({ error }: RecordedCall) => error?.startsWith('auth.') ?? false

/** The last requests, in memory: filled from the table at start, then from what is recorded. */
export class LastRequestTimes implements LastRequests {
  readonly #times = new Map<string, number>()

  lastAt(serviceId: string): Date | null {
    const time = this.#times.get(serviceId)
    return time === undefined ? null : new Date(time)
  }

  /** Takes what the table knows. */
  fill(known: readonly { serviceId: string; at: Date }[]): void {
    for (const { serviceId, at } of known) this.#note(serviceId, at)
  }

  /** Takes what was just recorded. */
  add(calls: readonly RecordedCall[]): void {
    for (const call of calls) if (!isRefused(call)) this.#note(call.serviceId, call.time)
  }

  #note(serviceId: string, at: Date): void {
    this.#times.set(serviceId, Math.max(at.getTime(), this.#times.get(serviceId) ?? 0))
  }
}
