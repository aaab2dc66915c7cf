import type { z } from 'zod'
import type { portRow } from '@vitrine/contract'
import { portOutOfRange, portsExhausted, portTaken, type PortHolder } from './ports.errors.ts'
import { kindOf, type LedgerPort, type PortOwner, type PortsRepository } from './ports.repository.ts'

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

/** What reserving needs. */
export type PortsDeps = {
  ports: PortsRepository
  probe: PortProbe
  ranges: Record<LedgerPort['kind'], PortRange>
}

type Request = { host: string; owner: PortOwner }

/** Enters a port for its owner if nobody has it, in the ledger or on the machine. A stranger's is recorded as such. */
async function tryReserve(deps: PortsDeps, request: Request, port: number): Promise<boolean> {
  if (!(await deps.ports.enter({ port, kind: kindOf(request.owner), owner: request.owner }))) return false
  if (await deps.probe.isFree(request.host, port)) return true
  await deps.ports.markForeign(port)
  return false
}

/** Forgets strangers that have gone, so that their ports can be had again. */
async function forgetGoneStrangers(deps: PortsDeps, kind: LedgerPort['kind'], host: string): Promise<void> {
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

/** The free port of the owner's kind that is nearest to one, or null. */
export async function nearestFreePort(
  deps: PortsDeps,
  request: Request,
  near: number,
): Promise<number | null> {
  const taken = new Set((await deps.ports.all()).map((row) => row.port))
  for (const port of candidates(deps.ranges[kindOf(request.owner)], near))
    if (!taken.has(port) && (await deps.probe.isFree(request.host, port))) return port
  return null
}

/** The port asked for, or `port.taken` naming who holds it and the nearest free one. */
async function reserveFixed(deps: PortsDeps, request: Request, port: number): Promise<number> {
  const range = deps.ranges[kindOf(request.owner)]
  if (port < range.first || port > range.last) throw portOutOfRange({ port, ...range })
  if (await tryReserve(deps, request, port)) return port
  throw portTaken({
    port,
    holder: await holderOf(deps, port),
    nearest_free: await nearestFreePort(deps, request, port),
  })
}

/**
 * Reserves a port: the one asked for, or the first free one from `preferred` on. What the owner already has is given again,
 * so that a task that begins anew gets the same port.
 */
export async function reservePort(
  deps: PortsDeps,
  request: Request & { fixed?: number | undefined; preferred?: number | undefined },
): Promise<number> {
  const kind = kindOf(request.owner)
  const owned = await deps.ports.ownedBy(request.owner)
  const given = request.fixed === undefined ? owned[0] : owned.find((row) => row.port === request.fixed)
  if (given) return given.port
  await forgetGoneStrangers(deps, kind, request.host)
  if (request.fixed !== undefined) return reserveFixed(deps, request, request.fixed)
  const range = deps.ranges[kind]
  const near = Math.min(Math.max(request.preferred ?? range.first, range.first), range.last)
  const taken = new Set((await deps.ports.all()).map((row) => row.port))
  for (const port of candidates(range, near))
    if (!taken.has(port) && (await tryReserve(deps, request, port))) return port
  throw portsExhausted({ kind, ...range })
}

/** The whole ledger beside what really listens, which is read once for all of it. */
export async function listPorts(deps: PortsDeps): Promise<z.infer<typeof portRow>[]> {
  const [rows, listening] = await Promise.all([deps.ports.all(), deps.probe.listening()])
  const stateOf = (row: LedgerPort) => {
    if (row.state === 'foreign') return 'foreign'
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
