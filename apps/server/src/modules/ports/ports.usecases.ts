import type { z } from 'zod'
import type { portRow } from '@vitrine/contract'
import type { MachineClaims } from '../../lib/machine-claims.ts'
import { portOutOfRange, portsExhausted, portTaken, type PortHolder } from './ports.errors.ts'
import type { LedgerPort, PortsRepository } from './ports.repository.ts'

/** Both ends belong to it. */
export type PortRange = { first: number; last: number }

/** What the ledger needs of the machine. */
export type PortProbe = {
  isFree(host: string, port: number): Promise<boolean>
  /** Who listens on a port, where the system says. */
  holder(port: number): Promise<{ pid: number; command: string } | null>
  /** All ports that are listened on, each with who does, where the system says. */
  listening(): Promise<ReadonlyMap<number, { pid: number; command: string } | null>>
}

/** How a port is claimed on the machine: whichever Vitrine has the claim may give it to somebody, the others leave it alone. */
export const portClaim = (port: number): string => `vitrine-port-${port}`

/** What reserving needs. */
export type PortsDeps = {
  ports: PortsRepository
  probe: PortProbe
  claims: Pick<MachineClaims, 'claim' | 'release'>
  ranges: Record<LedgerPort['kind'], PortRange>
}

type Request = { host: string; serviceId: string }

/** Enters a port for its service if nobody has it, in the ledger or on the machine. A stranger's is recorded as such. */
async function tryReserve(deps: PortsDeps, request: Request, port: number): Promise<boolean> {
  if (!(await deps.ports.enterFront(port, request.serviceId))) return false
  // Another Vitrine may have given it to a service that is still being deployed: nobody listens there yet.
  const isOurs = await deps.claims.claim(portClaim(port))
  if (isOurs && (await deps.probe.isFree(request.host, port))) return true
  if (isOurs) deps.claims.release(portClaim(port))
  await deps.ports.markForeign(port)
  return false
}

/** Forgets strangers that have gone, so that their ports can be had again. */
export async function forgetGoneStrangers(
  deps: { ports: Pick<PortsRepository, 'all' | 'forgetForeign'>; probe: Pick<PortProbe, 'isFree'> },
  kind: LedgerPort['kind'],
  host: string,
): Promise<void> {
  for (const row of await deps.ports.all())
    if (row.state === 'foreign' && row.kind === kind && (await deps.probe.isFree(host, row.port)))
      await deps.ports.forgetForeign(row.port)
}

/** Ports of a range in the order in which they are tried: upwards from `near`, then downwards. */
function* candidates(range: PortRange, near: number): Generator<number> {
  for (let port = near; port <= range.last; port++) yield port
  for (let port = near - 1; port >= range.first; port--) yield port
}

async function holderOf(deps: PortsDeps, port: number): Promise<PortHolder> {
  const row = (await deps.ports.all()).find((entry) => entry.port === port)
  if (row?.serviceId) return { service_id: row.serviceId }
  return (await deps.probe.holder(port)) ?? { unknown: true }
}

/** The free front port that is nearest to one, or null. */
export async function nearestFreePort(
  deps: Pick<PortsDeps, 'ports' | 'probe' | 'ranges'>,
  host: string,
  near: number,
): Promise<number | null> {
  const taken = new Set((await deps.ports.all()).map((row) => row.port))
  for (const port of candidates(deps.ranges.front, near))
    if (!taken.has(port) && (await deps.probe.isFree(host, port))) return port
  return null
}

/** The port asked for, or `port.taken` naming who holds it and the nearest free one. */
async function reserveFixed(deps: PortsDeps, request: Request, port: number): Promise<number> {
  const range = deps.ranges.front
  if (port < range.first || port > range.last) throw portOutOfRange({ port, ...range })
  if (await tryReserve(deps, request, port)) return port
  throw portTaken({
    port,
    holder: await holderOf(deps, port),
    nearest_free: await nearestFreePort(deps, request.host, port),
  })
}

/**
 * Reserves a front port for a service: the one asked for, or the first free one from `preferred` on. What the service already has is given
 * again, so that a task that begins anew gets the same port.
 */
export async function reserveFrontPort(
  deps: PortsDeps,
  request: Request & { fixed?: number | undefined; preferred?: number | undefined },
): Promise<number> {
  const owned = await deps.ports.frontsOf(request.serviceId)
  const given = request.fixed === undefined ? owned[0] : owned.find((row) => row.port === request.fixed)
  if (given) return given.port
  await forgetGoneStrangers(deps, 'front', request.host)
  if (request.fixed !== undefined) return reserveFixed(deps, request, request.fixed)
  const range = deps.ranges.front
  const near = Math.min(Math.max(request.preferred ?? range.first, range.first), range.last)
  const taken = new Set((await deps.ports.all()).map((row) => row.port))
  for (const port of candidates(range, near))
    if (!taken.has(port) && (await tryReserve(deps, request, port))) return port
  throw portsExhausted({ kind: 'front', ...range })
}

/**
 * Claims the front ports that services have had since before this start. One that another Vitrine has claimed meanwhile stays its service's: the
 * gateway says who has it.
 */
export async function claimFrontPorts(deps: Pick<PortsDeps, 'ports' | 'claims'>): Promise<void> {
  for (const row of await deps.ports.all())
    if (row.kind === 'front' && row.state === 'reserved') await deps.claims.claim(portClaim(row.port))
}

/** Gives a front port back that its service has exchanged for another, or that no service got. */
export async function releaseFrontPort(
  deps: Pick<PortsDeps, 'ports' | 'claims'>,
  port: number,
): Promise<void> {
  deps.claims.release(portClaim(port))
  await deps.ports.releasePort(port)
}

/** Gives back all ports of a service that is gone. */
export async function releaseServicePorts(
  deps: Pick<PortsDeps, 'ports' | 'claims'>,
  serviceId: string,
): Promise<void> {
  for (const { port } of await deps.ports.frontsOf(serviceId)) deps.claims.release(portClaim(port))
  await deps.ports.releaseService(serviceId)
}

/** The whole ledger beside what really listens, which is read once for all of it. */
export async function listPorts(
  deps: PortsDeps & {
    /** Whether somebody else has the front port of a service. */
    isTaken: (serviceId: string) => boolean
  },
): Promise<z.infer<typeof portRow>[]> {
  const [all, listening] = await Promise.all([deps.ports.all(), deps.probe.listening()])
  // A stranger that has gone is forgotten at the next reservation, and no news to anybody.
  const rows = all.filter((row) => row.state !== 'foreign' || listening.has(row.port))
  const stateOf = (row: LedgerPort) => {
    if (row.state === 'foreign') return 'foreign'
    if (row.kind === 'front' && row.serviceId !== null && deps.isTaken(row.serviceId)) return 'taken'
    return listening.has(row.port) ? 'listening' : 'reserved'
  }
  return rows.map((row) => ({
    port: row.port,
    kind: row.kind,
    state: stateOf(row),
    owner: row.serviceId === null ? null : { service_id: row.serviceId, release: row.release },
    holder: listening.get(row.port) ?? null,
  }))
}
