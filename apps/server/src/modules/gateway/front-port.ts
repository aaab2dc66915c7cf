import type { InTransaction } from '../../adapters/database/database.ts'
import { portHostUnavailable, portTaken } from '../ports/ports.errors.ts'
import type { PortsRepository } from '../ports/ports.repository.ts'
import {
  nearestFreePort,
  portClaim,
  releaseUnusedFronts,
  reserveFrontPort,
  takenFrontPort,
  type PortsDeps,
} from '../ports/ports.usecases.ts'
import { serviceNotFound } from '../services/services.errors.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import type { GatewaySync } from './gateway.sync.ts'

/** What changing a front port needs. */
export type FrontPortDeps = {
  inTransaction: InTransaction<{ services: ServicesRepository; ports: PortsRepository }>
  ports: PortsDeps
  gateway: Pick<GatewaySync, 'sync' | 'frontProblem'>
}

type Options = StoredService['options']
type Columns = Pick<
  StoredService,
  'name' | 'groupId' | 'idleMinutes' | 'unhealthyProbes' | 'replicas' | 'mode' | 'limits' | 'frontPort'
>
/** A change of a service's settings. Parts that are not given stay as they are. */
export type SettingsChange = Partial<Columns> & { options: Partial<Options> }

/** What an object has now where a change has something. */
function formerOf<T extends object>(now: T, change: Partial<T>): Partial<T> {
  const former: Partial<T> = {}
  const copy = <Key extends keyof T>(key: Key) => {
    former[key] = now[key]
  }
  for (const key in change) copy(key)
  return former
}

/**
 * Stores settings with a front port, in the row of the service and in the ledger. Resolves with what there was before.
 * Throws `port.taken`.
 */
async function putSettings(
  deps: FrontPortDeps,
  service: StoredService,
  change: SettingsChange & { frontPort: number },
): Promise<SettingsChange> {
  const { options, ...columns } = change
  const { frontPort: port } = change
  const before = await deps.inTransaction(async ({ services, ports }) => {
    const row = await services.lock(service.id)
    if (!row) throw serviceNotFound({ service_id: service.id })
    if (!(await ports.enterFront(port, service.id))) return null
    await services.update(service.id, change)
    return { ...formerOf<Columns>(row, columns), options: formerOf<Options>(row.options, options) }
  })
  if (!before)
    throw await takenFrontPort(deps.ports, { host: service.options.frontHost, port, serviceId: service.id })
  return before
}

/**
 * Returns to the settings before a change, and from `port` to the previous front port. The port stays if the service
 * has another one by now, because a release that was switched to in the meantime may have brought its own. If another
 * service has the previous port by now, the service keeps `port`, and the gateway reports who holds it.
 */
async function returnTo(
  deps: FrontPortDeps,
  serviceId: string,
  port: number,
  { frontPort: before = null, ...settings }: SettingsChange,
): Promise<void> {
  const isBack = await deps.inTransaction(async ({ services, ports }) => {
    const row = await services.lock(serviceId)
    await services.update(serviceId, settings)
    if (row?.frontPort !== port) return false
    if (before !== null && !(await ports.enterFront(before, serviceId))) return false
    await services.update(serviceId, { frontPort: before })
    return true
  })
  // The switch of another release may have given up the claim.
  if (isBack && before !== null) await deps.ports.claims.claim(portClaim(before))
}

/**
 * Changes the front port of a service, and other settings with it. When this resolves, the gateway listens on the new
 * port and the old one is released. Throws `port.taken` if the port is taken, even at the last moment by another
 * program. If it rejects, nothing has changed.
 */
export async function changeFrontPort(
  deps: FrontPortDeps,
  service: StoredService,
  change: SettingsChange & { frontPort: number },
): Promise<void> {
  const { id: serviceId, options } = service
  const { frontPort: port } = change
  const host = options.frontHost
  const before = await reserveFrontPort(deps.ports, { host, serviceId, fixed: port }, () =>
    putSettings(deps, service, change),
  )
  try {
    await deps.gateway.sync()
    const problem = deps.gateway.frontProblem(serviceId)
    if (problem?.port === port && problem.cause !== 'held') throw portHostUnavailable({ host })
    if (problem?.port === port) {
      const holder = problem.holder ?? { unknown: true as const }
      throw portTaken({ port, holder, nearest_free: await nearestFreePort(deps.ports, host, port) })
    }
  } catch (error) {
    await returnTo(deps, serviceId, port, before)
    await releaseUnusedFronts(deps.ports, serviceId)
    await deps.gateway.sync()
    throw error
  }
  await releaseUnusedFronts(deps.ports, serviceId)
}
