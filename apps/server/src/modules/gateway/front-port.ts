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

/**
 * Stores the front port of a service, in its row and in the ledger. Resolves with the previous one. Throws
 * `port.taken`.
 */
async function putFrontPort(
  deps: FrontPortDeps,
  service: StoredService,
  port: number,
): Promise<number | null> {
  const put = await deps.inTransaction(async ({ services, ports }) => {
    const row = await services.lock(service.id)
    if (!row) throw serviceNotFound({ service_id: service.id })
    if (!(await ports.enterFront(port, service.id))) return null
    await services.update(service.id, { frontPort: port })
    return { before: row.frontPort }
  })
  if (!put)
    throw await takenFrontPort(deps.ports, { host: service.options.frontHost, port, serviceId: service.id })
  return put.before
}

/**
 * Returns from `port` to the previous front port. Does nothing if the service has another port by now, because
 * a release that was switched to in the meantime may have brought its own. If another service has the previous
 * port by now, the service keeps `port`, and the gateway reports who holds it.
 */
async function returnTo(
  deps: FrontPortDeps,
  serviceId: string,
  { port, before }: { port: number; before: number | null },
): Promise<void> {
  const isBack = await deps.inTransaction(async ({ services, ports }) => {
    const row = await services.lock(serviceId)
    if (row?.frontPort !== port) return false
    if (before !== null && !(await ports.enterFront(before, serviceId))) return false
    await services.update(serviceId, { frontPort: before })
    return true
  })
  // The switch of another release may have given up the claim.
  if (isBack && before !== null) await deps.ports.claims.claim(portClaim(before))
}

/**
 * Changes the front port of a service. When this resolves, the gateway listens on the new port and the old
 * one is released. Throws `port.taken` if the port is taken, even at the last moment by another program; then
 * nothing has changed.
 */
export async function changeFrontPort(
  deps: FrontPortDeps,
  service: StoredService,
  port: number,
): Promise<void> {
  if (port === service.frontPort) return
  const { id: serviceId, options } = service
  const host = options.frontHost
  const before = await reserveFrontPort(deps.ports, { host, serviceId, fixed: port }, () =>
    putFrontPort(deps, service, port),
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
    await returnTo(deps, serviceId, { port, before })
    await releaseUnusedFronts(deps.ports, serviceId)
    await deps.gateway.sync()
    throw error
  }
  await releaseUnusedFronts(deps.ports, serviceId)
}
