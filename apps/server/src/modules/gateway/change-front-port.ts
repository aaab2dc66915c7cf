import { isDeepStrictEqual } from 'node:util'
import type { InTransaction } from '../../adapters/database/database.ts'
import { retryUntilReachable } from '../../adapters/database/database-retry.ts'
import { portHostUnavailable, portTaken } from '../ports/ports.errors.ts'
import type { PortsRepository } from '../ports/ports.repository.ts'
import { claimAgain, holdFrontPort, releaseUnusedFrontPorts } from '../ports/front-ports.ts'
import { nearestFreePort, takenFrontPort } from '../ports/ask-for-port.ts'
import type { PortsDeps } from '../ports/ports.deps.ts'
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
  | 'name'
  | 'groupId'
  | 'idleMinutes'
  | 'unhealthyProbes'
  | 'replicas'
  | 'scaling'
  | 'mode'
  | 'limits'
  | 'frontPort'
>
/** A change of a service's settings. Parts that are not given stay as they are. */
export type SettingsChange = Partial<Columns> & { options: Partial<Options> }

/** The current values of an object for the fields of a change. */
function formerOf<T extends object>(now: T, change: Partial<T>): Partial<T> {
  const former: Partial<T> = {}
  const copy = <Key extends keyof T>(key: Key) => {
    former[key] = now[key]
  }
  for (const key in change) copy(key)
  return former
}

/** The parts of `former` whose change still is in force. Those that somebody has changed again since are left out. */
function takenBack<T extends object>(now: T, change: Partial<T>, former: Partial<T>): Partial<T> {
  const back: Partial<T> = {}
  const copy = <Key extends keyof T>(key: Key) => {
    if (isDeepStrictEqual(now[key], change[key])) back[key] = former[key]
  }
  for (const key in former) copy(key)
  return back
}

/** A change of settings with a front port, and what it replaced. */
type PortChange = { change: SettingsChange & { frontPort: number }; former: SettingsChange }

/**
 * Stores settings with a front port, in the row of the service and in the ledger. Resolves with what there was before.
 * Throws `port.taken`.
 */
async function putSettings(
  deps: FrontPortDeps,
  service: StoredService,
  change: PortChange['change'],
): Promise<PortChange> {
  const { options, ...columns } = change
  const { frontPort: port } = change
  const former = await deps.inTransaction(async ({ services, ports }) => {
    const row = await services.lock(service.id)
    if (!row) throw serviceNotFound({ service_id: service.id })
    if (!(await ports.enterFront(port, service.id))) return null
    await services.update(service.id, change)
    return { ...formerOf<Columns>(row, columns), options: formerOf<Options>(row.options, options) }
  })
  if (!former)
    throw await takenFrontPort(deps.ports, { host: service.options.frontHost, port, serviceId: service.id })
  return { change, former }
}

/**
 * Takes a change back, where it still is in force: settings that somebody else has stored since stay, and so does the
 * front port if a release that was switched to has brought its own. If another service has the former port by now, the
 * service keeps the new one, and the gateway reports who holds it.
 */
async function takeBack(
  deps: FrontPortDeps,
  serviceId: string,
  { change, former }: PortChange,
): Promise<void> {
  const { options: formerOptions, ...formerColumns } = former
  const port = await deps.inTransaction(async ({ services, ports }) => {
    const row = await services.lock(serviceId)
    if (!row) return null
    const columns = takenBack<Columns>(row, change, formerColumns)
    const options = takenBack<Options>(row.options, change.options, formerOptions)
    const { frontPort = null, ...others } = columns
    const isPortBack = frontPort === null || (await ports.enterFront(frontPort, serviceId))
    await services.update(serviceId, isPortBack ? { ...columns, options } : { ...others, options })
    return isPortBack ? frontPort : null
  })
  // The switch of another release may have given up the claim.
  if (port !== null) await claimAgain(deps.ports, port)
}

/** Throws `port.taken` or `port.host_unavailable` if the gateway could not open this port of a service. */
async function requireOpen(deps: FrontPortDeps, { id, options }: StoredService, port: number): Promise<void> {
  const problem = deps.gateway.frontProblem(id)
  if (problem?.port !== port) return
  const { frontHost: host } = options
  if (problem.cause !== 'held') throw portHostUnavailable({ host })
  const holder = problem.holder ?? { unknown: true as const }
  throw portTaken({ port, holder, nearest_free: await nearestFreePort(deps.ports, host, port) })
}

/** Stores the change with its port held, so that nobody else chooses that port meanwhile. */
async function putWithPort(
  deps: FrontPortDeps,
  service: StoredService,
  change: PortChange['change'],
): Promise<PortChange> {
  const { frontHost: host } = service.options
  const held = await holdFrontPort(deps.ports, { host, serviceId: service.id, fixed: change.frontPort })
  try {
    const stored = await putSettings(deps, service, change)
    held.keep()
    return stored
  } finally {
    await held.end()
  }
}

/**
 * Changes the front port of a service, and other settings with it. When this resolves, the gateway listens on the new
 * port and the old one is released. Throws `port.taken` if the port is taken, even at the last moment by another
 * program. If it rejects, nothing has changed, unless the database stays away for so long that nothing could be taken back: then the
 * service keeps the new settings, and the gateway opens the new port as soon as it can. A port is released only when the gateway has closed it: another service
 * could not open it before.
 */
export async function changeFrontPort(
  deps: FrontPortDeps,
  service: StoredService,
  change: SettingsChange & { frontPort: number },
): Promise<void> {
  const { id: serviceId } = service
  const stored = await putWithPort(deps, service, change)
  try {
    await deps.gateway.sync([serviceId])
    await requireOpen(deps, service, change.frontPort)
  } catch (error) {
    await retryUntilReachable(() => takeBack(deps, serviceId, stored))
    await deps.gateway.sync([serviceId])
    await releaseUnusedFrontPorts(deps.ports, serviceId)
    throw error
  }
  await releaseUnusedFrontPorts(deps.ports, serviceId)
}
