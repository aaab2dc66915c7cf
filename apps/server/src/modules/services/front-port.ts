import { portTaken } from '../ports/ports.errors.ts'
import { nearestFreePort, reservePort } from '../ports/ports.usecases.ts'
import type { StoredService } from './services.repository.ts'
import type { ChangeServicesDeps } from './services.usecases.ts'

type Deps = Pick<ChangeServicesDeps, 'services' | 'ports' | 'gateway' | 'syncGateway'>

/**
 * Gives a service another front port; the gateway listens on it when it resolves, and the old one is given back. A port that is
 * taken is `port.taken`, also where a stranger takes it at the last moment; then everything is as it was.
 */
export async function changeFrontPort(deps: Deps, service: StoredService, port: number): Promise<void> {
  const before = service.frontPort
  if (port === before) return
  const request = { host: service.options.frontHost, owner: { serviceId: service.id, instance: null } }
  await reservePort(deps.ports, { ...request, fixed: port })
  try {
    await deps.services.update(service.id, { frontPort: port })
    await deps.syncGateway()
    if (deps.gateway.frontProblem(service.id) !== null) {
      const holder = (await deps.ports.probe.holder(port)) ?? { unknown: true as const }
      throw portTaken({ port, holder, nearest_free: await nearestFreePort(deps.ports, request, port) })
    }
  } catch (error) {
    await deps.services.update(service.id, { frontPort: before })
    await deps.ports.ports.releasePort(port)
    await deps.syncGateway()
    throw error
  }
  if (before !== null) await deps.ports.ports.releasePort(before)
}
