import type { ErrorCode } from '@vitrine/contract'
import type { Words } from '../../lib/words.ts'
import { endedByPlatform } from '../instances/process-words.ts'
import type { RecordedCall } from './call-line.ts'

/** A call that an instance broke off. `from` and `to` are when it began and ended. */
export type BrokenCall = { id: string; service: string; instance: string; from: Date; to: Date }

/** The end of a process that the history of a service has nearest to the end of a call. */
export type FoundEnd = { id: string; reason: Words | null }

const brokenOff: ErrorCode = 'gateway.upstream_broken'

type Row = { id: string } & Pick<RecordedCall, 'error' | 'serviceId' | 'instanceId' | 'time' | 'latencyMs'>

/** How the processes of these calls ended during them, by the ids of the calls. Has none for a call whose process lived on. */
export async function processEndsOf(
  deps: { calls: { processEnds: (broken: readonly BrokenCall[]) => Promise<FoundEnd[]> } },
  rows: readonly Row[],
): Promise<ReadonlyMap<string, Words>> {
  const broken = rows.flatMap(({ id, error, serviceId: service, instanceId: instance, time, latencyMs }) => {
    if (error !== brokenOff || instance === null) return []
    return [{ id, service, instance, from: new Date(time.getTime() - latencyMs), to: time }]
  })
  const found = await deps.calls.processEnds(broken)
  return new Map(found.map(({ id, reason }) => [id, reason ?? endedByPlatform]))
}
