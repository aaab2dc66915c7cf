import { resourceLimits, serviceMode, taskSteps } from '@vitrine/contract'
import { z } from 'zod'
import type { Words } from '../../lib/words.ts'
import { planInstances, sameLimits, wantedOf } from '../instances/plan-instances.ts'
import { rollOut, retireTrials, type RollOutDeps, type Change } from '../rollouts/roll-out.ts'
import type { ReleasesRepository, StoredRelease } from '../releases/releases.repository.ts'
import type { TaskKind } from '../tasks/task-kind.ts'
import { startFailed } from '../services/services.errors.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'

/** What adjusting needs. */
export type AdjustDeps = RollOutDeps & {
  records: { services: ServicesRepository; releases: ReleasesRepository }
}

/** The service, and what somebody has asked for; without that, whatever is stored of it. */
const adjustInput = z.object({
  service_id: z.string(),
  replicas: z.number().int().optional(),
  mode: serviceMode.optional(),
  limits: resourceLimits.nullable().optional(),
})
type Input = z.infer<typeof adjustInput>

const notRunning = {
  zh: '服务没有在运行，启动时生效',
  en: 'the service does not run; it holds from its next start',
}
const servingWords = (count: number, cut: number): Words => ({
  zh: `${count} 个实例接收请求${cut > 0 ? `，${cut} 个请求超过等待时间` : ''}`,
  en: `instances that take requests: ${count}${cut > 0 ? `; ${cut} requests outlasted the wait` : ''}`,
})

/** Stores what was asked for, once more: what an earlier task that failed has taken back may have been this. */
async function storeWanted(deps: AdjustDeps, input: Input): Promise<StoredService | null> {
  const { service_id: id, replicas, mode, limits } = input
  await deps.records.services.update(id, {
    ...(replicas !== undefined && { replicas }),
    ...(mode !== undefined && { mode }),
    ...(limits !== undefined && { limits }),
  })
  return deps.records.services.get(id)
}

const changeOf = (
  deps: AdjustDeps,
  service: StoredService,
  release: StoredRelease,
  context: Change['context'],
): Change => ({
  ...{ service, release, context },
  failed: ({ reason, lines }) => startFailed({ service_id: service.id, reason, lines }),
  settle: () => deps.records.instanceRows.settle(service.id, release.number),
  switched: (left) => servingWords(service.replicas, left),
})

/**
 * Takes away what is new, and wants again what serves: a change that cannot be brought about must not be tried for ever. Once the
 * new instances serve, there is nothing to take back.
 */
async function undo(deps: AdjustDeps, serviceId: string): Promise<void> {
  const service = await deps.records.services.get(serviceId)
  const release = service && (await deps.records.releases.serving(service))
  if (!service || !release) return
  await retireTrials(deps, service)
  const rows = await deps.records.instanceRows.list(serviceId)
  const serving = rows.filter((row) => row.release === release.number)
  const [first] = serving
  if (!first || planInstances(wantedOf(service, release), rows).add.length === 0) return
  const alike = serving.filter((row) => row.mode === first.mode && sameLimits(row.limits, first.limits))
  const isManifests = sameLimits(first.limits, release.manifest.resources)
  await deps.records.services.update(serviceId, {
    replicas: alike.length,
    mode: first.mode,
    limits: isManifests ? null : first.limits,
  })
}

/**
 * Kind of task that brings about other replicas, another mode or other limits: new instances beside the old, then the switch. Any
 * failure leaves those that served, and what was wanted before.
 */
export const adjustTask = (deps: AdjustDeps): TaskKind<typeof adjustInput, 'service.adjust'> => ({
  kind: 'service.adjust',
  // It only waits: it must not stand behind others' builds.
  atOnce: Number.POSITIVE_INFINITY,
  input: adjustInput,
  run: async (context) => {
    const service = await storeWanted(deps, context.input)
    const release = service && (await deps.records.releases.serving(service))
    const runs = service?.desired === 'running' && !service.asleep
    if (release && runs) await rollOut(deps, changeOf(deps, service, release, context))
    else
      for (const step of taskSteps['service.adjust'])
        await context.step(step, async () => ({ message: notRunning, skipped: true, value: null }))
    return { service_id: context.input.service_id }
  },
  undo: ({ input }) => undo(deps, input.service_id),
})
