import { portTaken } from '../ports/ports.errors.ts'
import { nearestFreePort, reservePort, type PortsDeps } from '../ports/ports.usecases.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import type { GatewaySync } from './gateway.sync.ts'

/** What changing a front port needs. */
export type FrontPortDeps = {
  services: ServicesRepository
  ports: PortsDeps
  gateway: Pick<GatewaySync, 'sync' | 'frontProblem'>
}

/**
 * Gives a service another front port; the gateway listens on it when it resolves, and the old one is given back. A port that is
 * taken is `port.taken`, also where a stranger takes it at the last moment; then everything is as it was.
 */
export async function changeFrontPort(
  deps: FrontPortDeps,
  service: StoredService,
  port: number,
): Promise<void> {
  const before = service.frontPort
  if (port === before) return
  const request = { host: service.options.frontHost, owner: { serviceId: service.id, instance: null } }
  await reservePort(deps.ports, { ...request, fixed: port })
  try {
    await deps.services.update(service.id, { frontPort: port })
    await deps.gateway.sync()
    if (deps.gateway.frontProblem(service.id) !== null) {
      const holder = (await deps.ports.probe.holder(port)) ?? { unknown: true as const }
      throw portTaken({ port, holder, nearest_free: await nearestFreePort(deps.ports, request, port) })
    }
  } catch (error) {
    await deps.services.update(service.id, { frontPort: before })
    await deps.ports.ports.releasePort(port)
    await deps.gateway.sync()
    throw error
  }
  if (before !== null) await deps.ports.ports.releasePort(before)
}
