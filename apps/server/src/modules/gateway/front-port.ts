import { portTaken } from '../ports/ports.errors.ts'
import {
  nearestFreePort,
  releaseFrontPort,
  reserveFrontPort,
  type PortsDeps,
} from '../ports/ports.usecases.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import type { GatewaySync } from './gateway.sync.ts'

/** What changing a front port needs. */
export type FrontPortDeps = {
  services: ServicesRepository
  ports: PortsDeps
  gateway: Pick<GatewaySync, 'sync' | 'frontProblem'>
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
  const request = { host: service.options.frontHost, serviceId: service.id }
  await reserveFrontPort(deps.ports, { ...request, fixed: port })
  try {
    await deps.services.update(service.id, { frontPort: port })
    await deps.gateway.sync()
    const problem = deps.gateway.frontProblem(service.id)
    if (problem !== null) {
      const holder = problem.holder ?? { unknown: true as const }
      throw portTaken({ port, holder, nearest_free: await nearestFreePort(deps.ports, request.host, port) })
    }
  } catch (error) {
    await deps.services.update(service.id, { frontPort: before })
    await releaseFrontPort(deps.ports, port)
    await deps.gateway.sync()
    throw error
  }
  if (before !== null) await releaseFrontPort(deps.ports, before)
}
