import { seesEverything, textIn, type ListQuery, type Manifest, type Service } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { AppError, type Language } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'
import type { GatewaySync } from '../gateway/gateway.sync.ts'
import { servicePath } from '../gateway/gateway.table.ts'
import type { LiveBoard, LiveInstance } from '../instances/live-board.ts'
import { reasonWords } from '../instances/reason.ts'
import type { PortsDeps } from '../ports/ports.usecases.ts'
import type { InstancesRepository } from '../releases/instances.repository.ts'
import type { BriefRelease, ReleasesRepository } from '../releases/releases.repository.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import type { TasksRepository } from '../tasks/tasks.repository.ts'
import type { ServiceGroupsRepository } from '../service-groups/service-groups.repository.ts'
import { operateKind } from './operate.task.ts'
import { serviceNeverDeployed, serviceNotFound, serviceNotYours } from './services.errors.ts'
import type { ServicesRepository, StoredService } from './services.repository.ts'
import { serviceState, takesRequests } from './services.state.ts'

/** What reading services needs. */
export type ReadServicesDeps = {
  services: ServicesRepository
  releases: ReleasesRepository
  tasks: TasksRepository
  board: Pick<LiveBoard, 'ofService'>
  gateway: Pick<GatewaySync, 'frontProblem'>
  /** The public address, as in `http://127.0.0.1:8000`. */
  publicUrl: string
}

const iso = (date: Date | null | undefined) => date?.toISOString() ?? null

/** By its runner, because it ended, and by the platform, because of its health. */
const restartsOf = ({ report, healthRestarts }: LiveInstance) => (report?.restarts ?? 0) + healthRestarts

const toInstance = (live: LiveInstance, language: Language): Service['instances'][number] => ({
  id: live.id,
  replica: live.replica,
  port: live.port,
  pid: live.report?.pid ?? null,
  state: live.state,
  health: live.health,
  reason: live.reason && reasonWords(live.reason)[language],
  release: live.release,
  started_at: iso(live.report?.startedAt),
  restarts: restartsOf(live),
  cpu: live.usage?.cpu ?? null,
  memory_bytes: live.usage?.memoryBytes ?? null,
  open_files: live.usage?.openFiles ?? null,
})

/** Since when one of these instances has been READY or BUSY without a break, of several the longest; null where none is. */
function upSince(serving: readonly LiveInstance[]): string | null {
  const since = serving.flatMap((live) =>
    takesRequests(live) && live.wellSince ? [live.wellSince.getTime()] : [],
  )
  return since.length > 0 ? new Date(Math.min(...since)).toISOString() : null
}

/** Whether someone may start, stop, deploy and delete a service. */
export const mayOperate = (actor: Actor, service: StoredService): boolean =>
  (seesEverything(actor.role) || service.ownerId === actor.id) && isWithinKey(actor, service.id)

const isWithinKey = (actor: Actor, serviceId: string) =>
  actor.serviceIds === null || actor.serviceIds.includes(serviceId)

/** Who reads, and in which language. */
export type Reader = { actor: Actor; language: Language }

type Beside = { active: BriefRelease | null; failure: Words | null; deploying: string | null }

function toService(deps: ReadServicesDeps, reader: Reader, row: StoredService, beside: Beside): Service {
  const { actor, language } = reader
  const live = deps.board.ofService(row.id)
  const serving = live.filter((instance) => instance.release === row.currentRelease)
  const state = serviceState({
    desired: row.desired,
    asleep: row.asleep,
    instances: serving,
    deploying: beside.deploying !== null,
    lastFailure: row.currentRelease === null ? beside.failure : null,
  })
  return {
    id: row.id,
    name: textIn(row.translations, language)(row.name),
    algorithm_id: row.algorithmId,
    ...state,
    reason: (state.reason ?? deps.gateway.frontProblem(row.id))?.[language] ?? null,
    desired: row.desired,
    asleep: row.asleep,
    mode: row.mode,
    path: servicePath(row.id),
    url: deps.publicUrl + servicePath(row.id),
    front_port: row.frontPort,
    front_host: row.frontPort === null ? null : row.options.frontHost,
    auth: row.options.auth,
    timeout_s: row.options.timeoutS,
    rate_limit: row.options.rateLimit,
    body_mb: row.options.bodyMb,
    release: row.currentRelease,
    commit: beside.active?.commit ?? null,
    replicas: row.replicas,
    limits: row.limits ?? beside.active?.manifest.resources ?? {},
    idle_minutes: row.idleMinutes,
    unhealthy_probes: row.unhealthyProbes,
    group_id: row.groupId,
    instances: live.map((instance) => toInstance(instance, language)),
    up_since: upSince(serving),
    restarts: live.reduce((sum, instance) => sum + restartsOf(instance), 0),
    owner: row.ownerName,
    may_operate: mayOperate(actor, row),
    deploying: beside.deploying,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}

async function withState(
  deps: ReadServicesDeps,
  reader: Reader,
  rows: readonly StoredService[],
): Promise<Service[]> {
  const ids = rows.map((row) => row.id)
  const [active, failures, deploying] = await Promise.all([
    deps.releases.activeInBrief(ids),
    deps.releases.lastFailures(ids),
    deps.tasks.deploying(),
  ])
  return rows.map((row) =>
    toService(deps, reader, row, {
      active: active.get(row.id) ?? null,
      failure: failures.get(row.id) ?? null,
      deploying: deploying.get(row.id) ?? null,
    }),
  )
}

/** A page of the services with their live state; four queries, however many services. */
export async function listServices(
  deps: ReadServicesDeps,
  input: Reader & { query: ListQuery & { group_id?: string | undefined } },
): Promise<{ items: Service[]; total: number }> {
  const { q, sort, page, page_size: limit, group_id: groupId } = input.query
  const { rows, total } = await deps.services.list({ groupId, q, sort, limit, offset: (page - 1) * limit })
  return { items: await withState(deps, input, rows), total }
}

/** The row of a service, or `service.not_found`. */
export async function loadService(
  deps: { services: ServicesRepository },
  id: string,
): Promise<StoredService> {
  const row = await deps.services.get(id)
  if (!row) throw serviceNotFound({ service_id: id })
  return row
}

/** A service with its live state. */
export async function getService(deps: ReadServicesDeps, input: Reader & { id: string }): Promise<Service> {
  const [service] = await withState(deps, input, [await loadService(deps, input.id)])
  if (!service) throw serviceNotFound({ service_id: input.id })
  return service
}

/** A service with its live state and, where an instance was given up and the reader may read logs, what it logged last. */
export async function getServiceInFull(
  deps: ReadServicesDeps,
  input: Reader & { id: string },
): Promise<Service> {
  const service = await getService(deps, input)
  if (service.reason === null || !input.actor.permissions.has('services.logs')) return service
  const lines = deps.board
    .ofService(service.id)
    .flatMap(({ reason }) => (reason?.code === 'runner' ? reason.lines : []))
  return { ...service, reason: [service.reason, ...lines].join('\n') }
}

/** The row of a service that the asker may operate, or why not. */
export async function loadOperable(
  deps: { services: ServicesRepository },
  input: { actor: Actor; id: string },
): Promise<StoredService> {
  const row = await loadService(deps, input.id)
  if (!mayOperate(input.actor, row)) throw serviceNotYours({ service_id: row.id, owner: row.ownerName })
  return row
}

/** What changing services needs beside reading them. */
export type ChangeServicesDeps = ReadServicesDeps & {
  instanceRows: Pick<InstancesRepository, 'list'>
  groups: ServiceGroupsRepository
  runner: TaskRunner
  ports: PortsDeps
  /** Code and manifest of an algorithm at a ref, by default its newest version. */
  getVersion: (input: {
    algorithmId: string
    ref: string | undefined
  }) => Promise<{ commit: string; manifest: Manifest }>
  defaults: {
    mode: StoredService['mode']
    /** What this machine can run instances with. */
    modes: ReadonlySet<StoredService['mode']>
    frontHost: string
    ownerOf: (actor: Actor) => { id: string; name: string }
  }
  /** Requests follow changed options once this resolves. */
  syncGateway: () => Promise<void>
}

const changing: ReadonlySet<TaskRecord['kind']> = new Set([
  'service.deploy',
  'service.rollback',
  'service.adjust',
])

/** Asks what deploys or changes a service to end. */
async function cancelChanges(
  deps: Pick<ChangeServicesDeps, 'tasks' | 'runner'>,
  serviceId: string,
): Promise<void> {
  for (const { task } of await deps.tasks.unfinished()) {
    if (task.service_id !== serviceId || !changing.has(task.kind)) continue
    await deps.runner.cancel(task.id).catch((error: unknown) => {
      // It has ended meanwhile, which is all that is wanted.
      if (!(error instanceof AppError && error.code === 'task.ended')) throw error
    })
  }
}

/** Begins to start, stop, restart or delete a service. A delete does not wait for a deploy or a change under way: it cancels that. */
export async function operateService(
  deps: Pick<ChangeServicesDeps, 'services' | 'runner' | 'tasks'>,
  input: { actor: Actor; id: string; action: 'start' | 'stop' | 'restart' | 'delete' },
): Promise<TaskRecord> {
  const service = await loadOperable(deps, input)
  const needsRelease = input.action === 'start' || input.action === 'restart'
  if (needsRelease && service.currentRelease === null) throw serviceNeverDeployed({ service_id: service.id })
  const task = await deps.runner.start({
    kind: operateKind(input.action),
    serviceId: service.id,
    input: { service_id: service.id },
    createdBy: input.actor,
  })
  // Its turn is taken by now, so that no deploy can come between.
  if (input.action === 'delete') await cancelChanges(deps, service.id)
  return task
}
