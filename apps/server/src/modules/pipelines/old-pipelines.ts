import { rm } from 'node:fs/promises'
import { serviceFolders } from '../instances/instance-spec.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'

/** How long a pipeline is kept after its end, in milliseconds, and how many of each service that have ended. */
const kept = { ms: 180 * 24 * 3600 * 1000, perService: 200 }
/** How many are removed at once. */
const atOnce = 500

/** Forgets old pipelines with their logs. */
export async function forgetOldPipelines(
  { pipelines, paths, clock }: Pick<PipelinesDeps, 'pipelines' | 'paths' | 'clock'>,
  { ms, perService } = kept,
): Promise<void> {
  const old = await pipelines.old({ before: new Date(clock().getTime() - ms), perService })
  for (let from = 0; from < old.length; from += atOnce) {
    const some = old.slice(from, from + atOnce)
    // First: a log without its pipeline would never be found again.
    for (const { id, serviceId } of some)
      await rm(serviceFolders(paths, serviceId).pipelineLog(id), { force: true })
    await pipelines.remove(some.map(({ id }) => id))
  }
}
