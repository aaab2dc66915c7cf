import type { RecordedCall } from './call-line.ts'
import { addHistogram, countLatency, emptyHistogram } from './latency-histogram.ts'

/** The step lengths over which calls are summed, in seconds, and how long the sums of each are kept, in hours. */
export const sumSteps = [
  { stepS: 60, keptHours: 8 },
  { stepS: 600, keptHours: 26 },
  { stepS: 3_600, keptHours: 8 * 24 },
  { stepS: 21_600, keptHours: 8 * 24 },
] as const

/** The sums of one replica's calls in one step. */
export type CallSum = {
  stepS: number
  at: Date
  serviceId: string
  /** 0 for requests that reached no replica. */
  replica: number
  calls: number
  /** Calls that were answered with 5xx. */
  errors: number
  bytesIn: number
  bytesOut: number
  latency: number[]
}

const stepOf = (time: Date, stepS: number) =>
  new Date(Math.floor(time.getTime() / 1000 / stepS) * stepS * 1000)

/** The replica number of an instance, past or present. 0 if it is not known. */
export type ReplicaOf = (instanceId: string) => number

/** The sums of these calls, for every step that they fall into. Pure. */
export function sumCalls(calls: readonly RecordedCall[], replicaOf: ReplicaOf): CallSum[] {
  const sums = new Map<string, CallSum>()
  for (const call of calls) {
    const replica = call.instanceId === null ? 0 : replicaOf(call.instanceId)
    for (const { stepS } of sumSteps) {
      const at = stepOf(call.time, stepS)
      const key = `${stepS} ${at.getTime()} ${replica} ${call.serviceId}`
      const { serviceId } = call
      const sum = sums.get(key) ?? {
        stepS,
        at,
        serviceId,
        replica,
        calls: 0,
        errors: 0,
        bytesIn: 0,
        bytesOut: 0,
        latency: emptyHistogram(),
      }
      sums.set(key, sum)
      sum.calls++
      if (call.status >= 500) sum.errors++
      sum.bytesIn += call.bytesIn
      sum.bytesOut += call.bytesOut
      countLatency(sum.latency, call.latencyMs)
    }
  }
  return [...sums.values()]
}

/** Adds several sums up to one, for the step that begins at `at`. Pure. */
export function addSums(sums: readonly Omit<CallSum, 'stepS' | 'at' | 'serviceId' | 'replica'>[]) {
  const total = { calls: 0, errors: 0, bytesIn: 0, bytesOut: 0, latency: emptyHistogram() }
  for (const sum of sums) {
    total.calls += sum.calls
    total.errors += sum.errors
    total.bytesIn += sum.bytesIn
    total.bytesOut += sum.bytesOut
    addHistogram(total.latency, sum.latency)
  }
  return total
}
