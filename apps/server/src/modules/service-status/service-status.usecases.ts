import { servicePath, type EndpointParsed, type FrontPortTaken, type Service } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { audienceOf, mayReadLogs, mayReadPorts } from '../../lib/disclosure.ts'
import type { Language } from '../../lib/errors.ts'
import { permitsAt, visibleRows } from '../../lib/policy.ts'
import { translatedWords, type Words } from '../../lib/words.ts'
import type { GatewaySync } from '../gateway/gateway.sync.ts'
import type { DiskWatch } from '../instances/disk-watch.ts'
import type { InstanceMonitor, LiveInstance } from '../instances/instance-monitor.ts'
import { processWords } from '../instances/process-words.ts'
import { reasonLines, reasonWords } from '../instances/reason.ts'
import { nearestFreePort } from '../ports/ask-for-port.ts'
import type { PortsDeps } from '../ports/ports.deps.ts'
import { failureFor } from '../releases/release-failure.ts'
import type { BriefRelease, ReleasesRepository } from '../releases/releases.repository.ts'
import type { TasksRepository } from '../tasks/tasks.repository.ts'
import { serviceNotFound } from '../services/services.errors.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import { loadService, mayOperate, mayOwn } from '../services/services.usecases.ts'
import { closedFront, gatewayWords } from './gateway-words.ts'
import { serviceState } from './service-state.ts'
import { takesRequests } from '../instances/instance-facts.ts'

/** What reading services needs. */
export type ReadServicesDeps = {
  services: ServicesRepository
  releases: ReleasesRepository
  tasks: TasksRepository
  monitor: Pick<InstanceMonitor, 'ofService'>
  gateway: Pick<GatewaySync, 'frontProblem' | 'isLeftOut'>
  disk: Pick<DiskWatch, 'fullOf'>
  ports: PortsDeps
  /** The titles of the published presentations of these services, in every language that they are written in. */
  titlesOf: (serviceIds: readonly string[]) => Promise<ReadonlyMap<string, readonly string[]>>
  /** The services that are published with a title that contains this text, in any language. */
  titledWith: (text: string) => Promise<readonly string[]>
  /** The public address, such as `http://127.0.0.1:8000`. */
  publicUrl: string
  /** The address of a service under a host of its own; null if there is none. */
  ownUrlOf: (serviceId: string) => string | null
}

const iso = (date: Date | null | undefined) => date?.toISOString() ?? null

/** How often an instance was restarted: by its runner after it ended, and by the platform because of its health. */
const allRestartsOf = ({ report, healthRestarts }: LiveInstance) => (report?.restarts ?? 0) + healthRestarts

/** Where an instance is reached. The path of a socket is one of the machine, so only people who may read logs get it. */
function endpointFor(actor: Actor, { endpoint }: LiveInstance): Service['instances'][number]['endpoint'] {
  if (endpoint === null) return null
  if ('socket' in endpoint) return mayReadLogs(actor) ? endpoint : null
  return { host: endpoint.host, port: endpoint.port }
}

const toInstance = (live: LiveInstance, { actor, language }: Reader): Service['instances'][number] => ({
  id: live.id,
  replica: live.replica,
  endpoint: endpointFor(actor, live),
  pid: live.report?.pid ?? null,
  node: live.report?.node ?? null,
  state: live.state,
  health: live.health,
  reason: live.reason && reasonWords(live.reason)[language],
  release: live.release,
  started_at: iso(live.report?.startedAt),
  restarts: allRestartsOf(live),
  last_end: live.report?.lastEnd ? processWords(live.report.lastEnd)[language] : null,
  over_limit: live.report?.overLimit ?? null,
  cpu: live.usage?.cpu ?? null,
  memory_bytes: live.usage?.memoryBytes ?? null,
  open_files: live.usage?.openFiles ?? null,
})

/**
 * Since when one of these instances has been READY or BUSY without a break; of several, the longest. Null if
 * none is.
 */
function upSince(serving: readonly LiveInstance[]): string | null {
  const since = serving.flatMap((live) =>
    takesRequests(live) && live.wellSince ? [live.wellSince.getTime()] : [],
  )
  return since.length > 0 ? new Date(Math.min(...since)).toISOString() : null
}

/** Who reads, and in which language. */
export type Reader = { actor: Actor; language: Language }

type Beside = {
  active: BriefRelease | null
  failure: Words | null
  deploying: string | null
  frontPortTaken: FrontPortTaken | null
  titles: readonly string[]
}

/** The process that holds the front port of a service, and the nearest free port. Null if nobody else holds it. */
async function frontPortTaken(
  deps: ReadServicesDeps,
  actor: Actor,
  service: StoredService,
): Promise<FrontPortTaken | null> {
  const problem = closedFront(deps.gateway, service)
  if (problem?.cause !== 'held') return null
  const { host, port, holder } = problem
  return {
    port,
    holder: mayReadPorts(actor) ? holder : null,
    nearest_free: await nearestFreePort(deps.ports, host, port),
  }
}

/** How the gateway treats requests to a service. */
const requestSettings = ({ auth, timeoutS, rateLimit, bodyMb, keepsBodies }: StoredService['options']) => ({
  auth,
  timeout_s: timeoutS,
  rate_limit: rateLimit,
  body_mb: bodyMb,
  keep_bodies: keepsBodies,
})

/** The branch, and the service that it belongs to, if a service is a preview. */
const previewIn = ({ previewOf: of, previewBranch: branch }: StoredService): Service['preview'] =>
  of === null || branch === null ? null : { of, branch }

/** What a service is called for this reader, and what else people may call it. */
function namesOf(
  { name: written, translations }: StoredService,
  titles: readonly string[],
  language: Language,
): Pick<Service, 'name' | 'other_names'> {
  const names = translatedWords(translations, written)
  const name = names[language]
  const others = [...new Set([...Object.values(names), ...titles])].filter((one) => one !== name)
  return { name, other_names: others }
}

function toService(deps: ReadServicesDeps, reader: Reader, row: StoredService, beside: Beside): Service {
  const { actor, language } = reader
  const audience = audienceOf(actor, language)
  const live = deps.monitor.ofService(row.id)
  const serving = live.filter((instance) => instance.release === row.currentRelease)
  const state = serviceState({
    desired: row.desired,
    asleep: row.asleep,
    instances: serving,
    deploying: beside.deploying !== null,
    lastFailure: row.currentRelease === null ? beside.failure && failureFor(beside.failure, audience) : null,
  })
  return {
    id: row.id,
    ...namesOf(row, beside.titles, language),
    algorithm_id: row.algorithmId,
    ...state,
    reason: (deps.disk.fullOf(row.id) ?? state.reason ?? gatewayWords(deps.gateway, row))?.[language] ?? null,
    desired: row.desired,
    asleep: row.asleep,
    preview: previewIn(row),
    mode: row.mode,
    path: servicePath(row.id),
    url: deps.publicUrl + servicePath(row.id),
    own_url: deps.ownUrlOf(row.id),
    front_port: row.frontPort,
    front_host: row.frontPort === null ? null : row.options.frontHost,
    front_port_taken: beside.frontPortTaken,
    ...requestSettings(row.options),
    release: row.currentRelease,
    commit: beside.active?.commit ?? null,
    replicas: row.replicas,
    scaling: row.scaling,
    limits: row.limits ?? beside.active?.manifest.resources ?? {},
    network: row.options.network,
    idle_minutes: row.idleMinutes,
    unhealthy_probes: row.unhealthyProbes,
    group_id: row.groupId,
    instances: live.map((instance) => toInstance(instance, reader)),
    up_since: upSince(serving),
    restarts: live.reduce((sum, instance) => sum + allRestartsOf(instance), 0),
    owner: row.ownerName,
    may_operate: mayOperate(actor, row),
    may_own: mayOwn(actor, row),
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
  const [active, failures, deploying, titles] = await Promise.all([
    deps.releases.activeInBrief(ids),
    deps.releases.lastFailures(ids),
    deps.tasks.deploying(),
    deps.titlesOf(ids),
  ])
  return Promise.all(
    rows.map(async (row) =>
      toService(deps, reader, row, {
        active: active.get(row.id) ?? null,
        failure: failures.get(row.id) ?? null,
        titles: titles.get(row.id) ?? [],
        deploying: deploying.get(row.id) ?? null,
        frontPortTaken: await frontPortTaken(deps, reader.actor, row),
      }),
    ),
  )
}

/**
 * A page of services with their current state. A search has the rule by which pages search the services that they have
 * (`matchingServices`). The number of queries does not depend on the number of services.
 */
export async function listServices(
  deps: ReadServicesDeps,
  input: Reader & { query: EndpointParsed<'GET /services'>['query'] },
): Promise<{ items: Service[]; total: number }> {
  const { q, sort, page, page_size: limit, group_id: groupId, ids } = input.query
  const offset = (page - 1) * limit
  const { services: within } = visibleRows(input.actor)
  const search = q.trim() === '' ? null : { q, presented: await deps.titledWith(q.trim()) }
  const { rows, total } = await deps.services.list({ groupId, ids, within, search, sort, limit, offset })
  return { items: await withState(deps, input, rows), total }
}

/** A service with its current state. */
export async function getService(deps: ReadServicesDeps, input: Reader & { id: string }): Promise<Service> {
  const [service] = await withState(deps, input, [await loadService(deps, input.id)])
  if (!service) throw serviceNotFound({ service_id: input.id })
  return service
}

/**
 * A service with its current state. If an instance was given up and the reader may read logs, the last log
 * lines are included.
 */
export async function getServiceInFull(
  deps: ReadServicesDeps,
  input: Reader & { id: string },
): Promise<Service> {
  const service = await getService(deps, input)
  if (service.reason === null || !permitsAt(input.actor, 'services.logs', service.id)) return service
  const lines = deps.monitor
    .ofService(service.id)
    .flatMap(({ reason }) => (reason ? reasonLines(reason) : []))
  return { ...service, reason: [service.reason, ...lines].join('\n') }
}
