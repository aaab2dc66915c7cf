import { asWritten, type Service, type ServiceChange } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { needsAdjusting, sameLimits } from '../instances/plan-instances.ts'
import { requireWithin } from '../quotas/instance-limits.ts'
import { runsIn } from '../releases/mode-of.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import { changeFrontPort } from '../gateway/change-front-port.ts'
import {
  bodiesUnavailable,
  modeNeedsDeploy,
  modeUnavailable,
  scaledByRule,
} from '../services/services.errors.ts'
import type { StoredService } from '../services/services.repository.ts'
import { getService, type Reader } from '../service-status/service-status.usecases.ts'
import { requireGroup } from './require-group.ts'
import { type ChangeServicesDeps } from './operations.usecases.ts'
import { loadOwned } from '../services/services.usecases.ts'

/** The options that take effect as soon as they are stored and the gateway is updated. */
function requestOptions(change: ServiceChange): Partial<StoredService['options']> {
  const { auth, timeout, rate_limit: rateLimit, body_mb: bodyMb, keep_bodies: keepsBodies } = change
  return {
    ...(auth !== undefined && { auth }),
    ...(timeout !== undefined && { timeoutS: timeout }),
    ...(rateLimit !== undefined && { rateLimit }),
    ...(bodyMb !== undefined && { bodyMb }),
    ...(keepsBodies !== undefined && { keepsBodies }),
  }
}

const otherColumns = (service: StoredService, change: ServiceChange) => ({
  ...(change.name !== undefined && { name: asWritten(service.translations, change.name) }),
  ...(change.group_id !== undefined && { groupId: change.group_id }),
  ...(change.idle_minutes !== undefined && { idleMinutes: change.idle_minutes }),
  ...(change.unhealthy_probes !== undefined && { unhealthyProbes: change.unhealthy_probes }),
  ...(change.scaling !== undefined && { scaling: change.scaling }),
})

/** The columns with the wishes for the instances that change. */
function wantedColumns(service: StoredService, { replicas, mode, limits, network }: ServiceChange) {
  const limitsChange =
    limits !== undefined &&
    (limits === null || service.limits === null
      ? limits !== service.limits
      : !sameLimits(limits, service.limits))
  return {
    ...(replicas !== undefined && replicas !== service.replicas && { replicas }),
    ...(mode !== undefined && mode !== service.mode && { mode }),
    ...(limitsChange && { limits }),
    ...(network !== undefined && network !== service.options.network && { network }),
  }
}

/**
 * Starts the task that applies the wishes for the instances. Null if there is nothing to do, for example in a
 * stopped service.
 */
async function beginAdjusting(
  deps: ChangeServicesDeps,
  service: StoredService,
  wanted: ReturnType<typeof wantedColumns> & { configRevision?: number },
  createdBy: { id: string; name: string },
): Promise<TaskRecord | null> {
  const isSaid = Object.keys(wanted).length > 0
  const runs = service.desired === 'running' && !service.asleep
  const release = runs ? await deps.releases.serving(service) : null
  // A requested change always gets a task, even if nothing differs now: a task that is queued before it may change that.
  if (!release || !(isSaid || needsAdjusting(service, release, await deps.instanceRows.list(service.id))))
    return null
  const { configRevision, ...others } = wanted
  return deps.runner.start({
    kind: 'service.adjust',
    serviceId: service.id,
    input: {
      service_id: service.id,
      ...others,
      ...(configRevision !== undefined && { config_revision: configRevision }),
    },
    createdBy,
  })
}

/**
 * Lets a service have the variables of a revision of the configuration: a task replaces its running instances by new ones. Null if
 * none runs; then the next ones have them.
 */
export async function useConfigRevision(
  deps: ChangeServicesDeps,
  { actor, id, revision }: { actor: Actor; id: string; revision: number },
): Promise<TaskRecord | null> {
  const service = await loadOwned(deps, { actor, id })
  if (service.configRevision >= revision) return null
  const configRevision = await deps.services.raiseConfigRevision(id, revision)
  return beginAdjusting(deps, { ...service, configRevision }, { configRevision }, actor)
}

/** Throws `service.mode_needs_deploy` if the release that serves cannot run in the mode that is asked for. */
async function requireRunnable(
  deps: ChangeServicesDeps,
  service: StoredService,
  { mode }: ServiceChange,
): Promise<void> {
  if (mode === undefined || mode === service.mode) return
  const release = await deps.releases.serving(service)
  if (release && !runsIn(release, mode))
    throw modeNeedsDeploy({ field: 'mode', service_id: service.id, mode })
}

/** Throws `service.scaled_by_rule` if a number of instances is asked for about which a rule decides. */
function requireFixedNumber(
  service: StoredService,
  { replicas, scaling = service.scaling }: ServiceChange,
): void {
  if (scaling === null || replicas === undefined || replicas === service.replicas) return
  const { min, max } = scaling
  throw scaledByRule({ field: 'replicas', service_id: service.id, min, max })
}

/**
 * Changes a service. Title, access, request limits, group and front port are in force when this resolves. If the
 * gateway does not follow, this rejects: a new front port then changes nothing at all, and any other change is
 * stored and in force once the gateway follows.
 * Replicas, mode, resources and network are stored first and then applied by a task, so that the reconciler can finish
 * the change after a crash. A rule for the number of instances is only stored: `scaling.ts` follows it.
 */
export async function changeService(
  deps: ChangeServicesDeps,
  input: Reader & { id: string; change: ServiceChange },
): Promise<{ service: Service; task: TaskRecord | null }> {
  const { change } = input
  const service = await loadOwned(deps, input)
  requireFixedNumber(service, change)
  await requireGroup(deps, service, input)
  if (change.mode !== undefined && !deps.modes.has(change.mode))
    throw modeUnavailable({ field: 'mode', mode: change.mode, available: [...deps.modes] })
  await requireRunnable(deps, service, change)
  const gateway = deps.gatewayKind()
  // One that was turned on before a switch to nginx has no effect there, and is no reason to refuse other settings beside it.
  const turnsOn = change.keep_bodies === true && !service.options.keepsBodies
  if (turnsOn && gateway !== 'embedded') throw bodiesUnavailable({ field: 'keep_bodies', gateway })
  if (change.limits) requireWithin(deps.ceilings, change.limits, 'limits')
  if (change.network)
    await deps.requireNetwork({
      serviceId: service.id,
      network: change.network,
      release: service.currentRelease,
    })
  const wanted = wantedColumns(service, change)
  const { network = service.options.network, ...columns } = wanted
  const options = { ...requestOptions(change), ...(wanted.network && { network }) }
  const settings = { options, ...otherColumns(service, change), ...columns }
  const { port: frontPort = service.frontPort } = change
  const changesPort = frontPort !== null && frontPort !== service.frontPort
  if (changesPort) await changeFrontPort(deps, service, { ...settings, frontPort })
  else await deps.services.update(service.id, settings)
  if (change.group_id !== undefined && change.group_id !== service.groupId)
    await deps.onGroupsChanged([service.groupId, change.group_id].filter((group) => group !== null))
  const { replicas, mode, limits } = change
  const asksInstances = [replicas, mode, limits, change.network].some((part) => part !== undefined)
  const now = { ...service, ...columns, options: { ...service.options, network } }
  let task: TaskRecord | null = null
  try {
    if (asksInstances) task = await beginAdjusting(deps, now, wanted, input.actor)
  } finally {
    // The stored settings apply even if no task could begin. Access that was just taken away must end now.
    if (!changesPort) await deps.gateway.sync([service.id])
  }
  return { service: await getService(deps, input), task }
}
