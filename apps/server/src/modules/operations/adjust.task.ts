import { networkPolicy, resourceLimits, serviceMode, taskSteps, type StepOf } from '@vitrine/contract'
import { z } from 'zod'
import type { Bus } from '../../lib/bus.ts'
import type { Words } from '../../lib/words.ts'
import { leftWords } from '../instances/left-words.ts'
import { planInstances, sameLimits, servingAlike, wantedOf } from '../instances/plan-instances.ts'
import { handOver, retireOnTrial } from '../rollouts/retire.ts'
import { startBeside, type NotReady, type RollOutDeps } from '../rollouts/roll-out.ts'
import type { ReleasesRepository, StoredRelease } from '../releases/releases.repository.ts'
import type { TaskContext, TaskKind } from '../tasks/task-kind.ts'
import type { TaskFailure } from '../tasks/task-progress.ts'
import { startFailed } from '../services/services.errors.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import { failureOfScaling, type Scaled } from './scaling-words.ts'
import { updateRunning } from './update-running.ts'

/** What adjusting needs. */
export type AdjustDeps = RollOutDeps & {
  services: ServicesRepository
  releases: ReleasesRepository
  /** Gets what became of a change that the rule of a service asked for. */
  scalings: Pick<Bus<Scaled>, 'publish'>
}

/** The service, and the change that a person or the service's rule requested. Without a change, the stored wishes count. */
const adjustInput = z.object({
  service_id: z.string(),
  replicas: z.number().int().optional(),
  /** Only of a rule: how many instances there were, and why it asks for `replicas`. */
  scaled: z
    .object({ from: z.number().int(), because: z.object({ zh: z.string(), en: z.string() }) })
    .optional(),
  mode: serviceMode.optional(),
  limits: resourceLimits.nullable().optional(),
  network: networkPolicy.optional(),
  config_revision: z.number().int().optional(),
})
type Input = z.infer<typeof adjustInput>

const notRunning = {
  zh: '服务没有在运行，启动时生效',
  en: 'the service is not running; the change takes effect at its next start',
}
const servingWords = (count: number, { cut, told }: { cut: Words | null; told: number }): Words => ({
  zh: [`${count} 个实例接收请求`, cut?.zh, told > 0 && `${told} 个实例没有重启就用上了新的值`]
    .filter(Boolean)
    .join('，'),
  en: [
    `instances taking requests: ${count}`,
    cut?.en,
    told > 0 && `instances that took the new values without a restart: ${told}`,
  ]
    .filter(Boolean)
    .join('; '),
})

const runs = ({ desired, asleep }: StoredService): boolean => desired === 'running' && !asleep

/**
 * Stores the requested change again, because an earlier task that failed may have undone it. What a rule has asked for is
 * not wanted any more if the rule is gone.
 */
async function storeWanted(deps: AdjustDeps, input: Input): Promise<StoredService | null> {
  const { service_id: id, replicas, mode, limits, network, config_revision: configRevision } = input
  if (input.scaled) {
    const service = await deps.services.get(id)
    // A service that does not run keeps the fewest instances, because nothing is known of its next load.
    if (!service || !runs(service) || replicas === undefined) return service
    await deps.services.setByRule(id, replicas)
    return deps.services.get(id)
  }
  await deps.services.update(id, {
    ...(replicas !== undefined && { replicas }),
    ...(mode !== undefined && { mode }),
    ...(limits !== undefined && { limits }),
    ...(network !== undefined && { options: { network } }),
  })
  if (configRevision !== undefined) await deps.services.raiseConfigRevision(id, configRevision)
  return deps.services.get(id)
}

/** Tells others what became of the change that a rule has asked for, if one has. */
function tellScaled(deps: AdjustDeps, input: Input, failure: TaskFailure | null): void {
  const { service_id: serviceId, replicas: to, scaled } = input
  if (!scaled || to === undefined) return
  const { from, because } = scaled
  deps.scalings.publish({ serviceId, from, to, because, failure: failure && failureOfScaling(failure) })
}

/** Tells the running instances of new values. Starts new instances where that does not do, lets them serve, and ends the others. */
async function adjust(
  deps: AdjustDeps,
  service: StoredService,
  release: StoredRelease,
  context: Pick<TaskContext<Input, StepOf<'service.adjust'>>, 'signal' | 'step'>,
): Promise<void> {
  const failed = ({ reason, lines }: NotReady) => startFailed({ service_id: service.id, reason, lines })
  const told = await updateRunning(deps, service, release)
  const remove = await startBeside(deps, { service, release, context, failed })
  await context.step('route', async () => {
    await deps.instanceRows.endTrial(service.id, release.number)
    const cut = leftWords(await handOver(deps, { service, context }, remove))
    return { message: servingWords(service.replicas, { cut, told }), value: null }
  })
}

/** Whether a task ended because it gave way to later work on its service. */
const hasGivenWay = ({ code }: TaskFailure): boolean => code === 'task.preempted'

/**
 * Removes the new instances and sets the wishes back to what serves, because a change that cannot work must
 * not be tried for ever. Once the new instances serve, nothing is undone.
 */
async function undo(
  deps: AdjustDeps,
  { service_id: serviceId, scaled }: Input,
  { error, hasStarted }: { error: TaskFailure; hasStarted: boolean },
): Promise<void> {
  // A rule stores its number only when its turn has come, so there is nothing to take back.
  if (scaled && !hasStarted) return
  const service = await deps.services.get(serviceId)
  const release = service && (await deps.releases.serving(service))
  if (!service || !release) return
  // A task that was cancelled in the queue created none.
  if (hasStarted) await retireOnTrial(deps, service)
  const rows = await deps.instanceRows.list(serviceId)
  const wanted = wantedOf(service, release)
  const serving = servingAlike(wanted, rows)
  const [first] = serving
  if (!first) return
  const { add, remove } = planInstances(wanted, rows)
  // Instances that a rule does not need still had requests, and serve again.
  const serveAgain = scaled !== undefined && hasGivenWay(error) && remove.length > 0
  if (add.length === 0 && !serveAgain) return
  // A rule has changed only the number. What somebody else has stored meanwhile stays.
  if (scaled) {
    await deps.services.setByRule(serviceId, serving.length, { isPresent: true })
    return
  }
  const isManifests = sameLimits(first.limits, release.manifest.resources)
  await deps.services.update(serviceId, {
    replicas: serving.length,
    mode: first.mode,
    limits: isManifests ? null : first.limits,
    options: { network: first.network },
    configRevision: first.configRevision,
  })
}

/**
 * The kind of task that changes replicas, mode, limits, network or variables: it starts new instances next to the old ones, and
 * then switches. After a failure the old instances keep serving, with the wishes as before.
 */
export const adjustTask = (deps: AdjustDeps): TaskKind<typeof adjustInput, 'service.adjust'> => ({
  kind: 'service.adjust',
  // No limit: the task mostly waits, and must not queue behind builds.
  atOnce: Number.POSITIVE_INFINITY,
  input: adjustInput,
  run: async (context) => {
    const service = await storeWanted(deps, context.input)
    const release = service && (await deps.releases.serving(service))
    if (service && release && runs(service)) {
      await adjust(deps, service, release, context)
      if (service.replicas === context.input.replicas) tellScaled(deps, context.input, null)
    } else
      for (const step of taskSteps['service.adjust'])
        await context.step(step, async () => ({ message: notRunning, skipped: true, value: null }))
    return { service_id: context.input.service_id }
  },
  undo: async ({ input, error, hasStarted }) => {
    await undo(deps, input, { error, hasStarted })
    // To give way is no failure: the rule looks at the service again after the later work.
    if (!hasGivenWay(error)) tellScaled(deps, input, error)
  },
  // While an earlier change runs, what serves is not yet what it asked for.
  undoesInTurn: true,
  // What people ask for does not wait for what a rule has begun by itself.
  preemptible: ({ scaled }) => scaled !== undefined,
})
