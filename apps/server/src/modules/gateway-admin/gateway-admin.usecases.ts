import {
  servicePath,
  type EndpointParsed,
  type EndpointResponse,
  type GatewayRoute,
  type GatewayTable,
} from '@vitrine/contract'
import type { SwitchableGateway } from '../../adapters/gateway/switchable.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Language } from '../../lib/errors.ts'
import { requireForEverybody } from '../../lib/require-access.ts'
import { changeService } from '../operations/change-service.ts'
import { serviceNeverDeployed } from '../services/services.errors.ts'
import type { ChangeServicesDeps } from '../operations/operations.usecases.ts'
import { loadService } from '../services/services.usecases.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import { driverIsSet, driverMissing, pathIsFixed } from './gateway-admin.errors.ts'
import type { GatewayTables } from '../gateway/gateway.sync.ts'

/** What the use cases of the gateway need. */
export type GatewayDeps = {
  gateway: Pick<SwitchableGateway, 'kind' | 'possible'>
  sync: GatewayTables
  services: ChangeServicesDeps
  runner: Pick<TaskRunner, 'start'>
  /** The driver that the environment variable sets, or null if it does not set one. */
  setting: 'nginx' | 'embedded' | null
}

type View = EndpointResponse<'PUT /gateway/routes/{id}'>

const megabyte = 1024 * 1024

const viewOf = (route: GatewayRoute): View => ({
  service_id: route.service_id,
  path: route.path,
  front_port: route.front?.port ?? null,
  state: route.state,
  upstreams: route.upstreams.length,
  auth: route.auth,
  rate_limit: route.rate_limit,
  body_mb: Math.round(route.body_bytes / megabyte),
  timeout_s: route.timeout_ms / 1000,
})

const routesOf = async ({ sync }: GatewayDeps): Promise<GatewayTable['routes']> =>
  (await sync.render()).routes.toSorted((a, b) => a.service_id.localeCompare(b.service_id))

/** The gateway's settings for each service, and the driver in use. */
export async function listRoutes(deps: GatewayDeps): Promise<EndpointResponse<'GET /gateway/routes'>> {
  const items = (await routesOf(deps)).map(viewOf)
  return { driver: deps.gateway.kind, items, total: items.length }
}

/** Changes how the gateway treats a service. The change is in force when this resolves. */
export async function changeRoute(
  deps: GatewayDeps,
  input: { actor: Actor; language: Language } & Pick<
    EndpointParsed<'PUT /gateway/routes/{id}'>,
    'params' | 'body'
  >,
): Promise<View> {
  const { id } = input.params
  const { path, auth, rate_limit, body_mb, timeout_s } = input.body
  const service = await loadService(deps.services, id)
  if (path !== undefined && path !== servicePath(id))
    throw pathIsFixed({ field: 'path', path: servicePath(id) })
  if (service.currentRelease === null) throw serviceNeverDeployed({ service_id: id })
  const change = { auth, rate_limit, body_mb, timeout: timeout_s }
  await changeService(deps.services, { actor: input.actor, language: input.language, id, change })
  const [route] = await deps.sync.routesOf([id])
  // The service was deleted at the same moment.
  if (!route) throw serviceNeverDeployed({ service_id: id })
  return viewOf(route)
}

/** Gives the gateway its table again, even if it is unchanged. */
export async function reloadGateway(deps: GatewayDeps): Promise<EndpointResponse<'POST /gateway/reload'>> {
  const routes = await deps.sync.reapply()
  return { driver: deps.gateway.kind, routes }
}

/**
 * Starts the task that switches to another driver. Administrators alone: drivers differ in what they refuse and when they end what
 * is open, for the services of everybody. Throws `auth.administrators_only`, `gateway.driver_set`, `gateway.driver_missing`.
 */
export async function beginSwitch(
  deps: Pick<GatewayDeps, 'gateway' | 'setting' | 'runner'>,
  input: { actor: Actor; driver: 'nginx' | 'embedded' },
): Promise<TaskRecord> {
  const { actor, driver } = input
  requireForEverybody(actor)
  if (deps.setting !== null) throw driverIsSet({ driver: deps.setting, variable: 'VITRINE_GATEWAY' })
  if (!deps.gateway.possible.includes(driver))
    throw driverMissing({ driver, install: 'apt-get install nginx libnginx-mod-http-js' })
  return deps.runner.start({
    kind: 'gateway.switch',
    serviceId: null,
    input: { driver },
    createdBy: actor,
  })
}
