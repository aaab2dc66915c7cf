import type { InTransaction } from '../../adapters/database/database.ts'
import { portTaken } from '../ports/ports.errors.ts'
import type { PortsRepository } from '../ports/ports.repository.ts'
import {
  giveUpClaims,
  nearestFreePort,
  reserveFrontPort,
  takenFrontPort,
  type PortsDeps,
} from '../ports/ports.usecases.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import type { GatewaySync } from './gateway.sync.ts'

/** What changing a front port needs. */
export type FrontPortDeps = {
  inTransaction: InTransaction<{ services: ServicesRepository; ports: PortsRepository }>
  ports: PortsDeps
  gateway: Pick<GatewaySync, 'sync' | 'frontProblem'>
}

/** The service has this front port from now on, in its row and in the ledger. */
async function putFrontPort(deps: FrontPortDeps, service: StoredService, port: number | null): Promise<void> {
  const isPut = await deps.inTransaction(async ({ services, ports }) => {
    if (port !== null && !(await ports.enterFront(port, service.id))) return false
    await services.update(service.id, { frontPort: port })
    return true
  })
  if (!isPut && port !== null) throw await takenFrontPort(deps.ports, service.options.frontHost, port)
}

async function giveBackUnused(deps: FrontPortDeps, serviceId: string): Promise<void> {
  giveUpClaims(deps.ports, await deps.ports.ports.releaseUnusedFronts(serviceId))
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
  const before = service.frontPort
  if (port === before) return
  const { id: serviceId, options } = service
  const host = options.frontHost
  await reserveFrontPort(deps.ports, { host, serviceId, fixed: port }, () =>
    putFrontPort(deps, service, port),
  )
  try {
    await deps.gateway.sync()
    const problem = deps.gateway.frontProblem(serviceId)
    if (problem !== null) {
      const holder = problem.holder ?? { unknown: true as const }
      throw portTaken({ port, holder, nearest_free: await nearestFreePort(deps.ports, host, port) })
    }
  } catch (error) {
    await putFrontPort(deps, service, before)
    await giveBackUnused(deps, serviceId)
    await deps.gateway.sync()
    throw error
  }
  await giveBackUnused(deps, serviceId)
}
