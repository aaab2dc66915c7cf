import type { z } from 'zod'
import type { portRow } from '@vitrine/contract'
import { portOutOfRange, portsExhausted, portTaken, type PortHolder } from './ports.errors.ts'
import type { LedgerPort, PortOwner, PortsRepository } from './ports.repository.ts'

/** Both ends belong to it. */
export type PortRange = { first: number; last: number }

/** What the ledger needs of the machine. */
export type PortProbe = {
  isFree(host: string, port: number): Promise<boolean>
  /** Who listens on a port, where the system says. */
  holder(port: number): Promise<{ pid: number; command: string } | null>
}

/** What reserving needs. */
export type PortsDeps = {
  ports: PortsRepository
  probe: PortProbe
  ranges: Record<LedgerPort['kind'], PortRange>
}

type Request = { kind: LedgerPort['kind']; host: string; owner: PortOwner }

/** Enters a port for its owner if nobody has it, in the ledger or on the machine. A stranger's is recorded as such. */
async function tryReserve(deps: PortsDeps, request: Request, port: number): Promise<boolean> {
  if (!(await deps.ports.enter({ port, kind: request.kind, owner: request.owner }))) return false
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

async function nearestFree(deps: PortsDeps, request: Request, near: number): Promise<number | null> {
  const taken = new Set((await deps.ports.all()).map((row) => row.port))
  for (const port of candidates(deps.ranges[request.kind], near))
    if (!taken.has(port) && (await deps.probe.isFree(request.host, port))) return port
  return null
}

/** The port asked for, or `port.taken` naming who holds it and the nearest free one. */
async function reserveFixed(deps: PortsDeps, request: Request, port: number): Promise<number> {
  const range = deps.ranges[request.kind]
  if (port < range.first || port > range.last) throw portOutOfRange({ port, ...range })
  if (await tryReserve(deps, request, port)) return port
  throw portTaken({
    port,
    holder: await holderOf(deps, port),
    nearest_free: await nearestFree(deps, request, port),
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
  const owned = (await deps.ports.ownedBy(request.owner)).filter((row) => row.kind === request.kind)
  const given = request.fixed === undefined ? owned[0] : owned.find((row) => row.port === request.fixed)
  if (given) return given.port
  await forgetGoneStrangers(deps, request.kind, request.host)
  if (request.fixed !== undefined) return reserveFixed(deps, request, request.fixed)
  const range = deps.ranges[request.kind]
  const near = Math.min(Math.max(request.preferred ?? range.first, range.first), range.last)
  const taken = new Set((await deps.ports.all()).map((row) => row.port))
  for (const port of candidates(range, near))
    if (!taken.has(port) && (await tryReserve(deps, request, port))) return port
  throw portsExhausted({ kind: request.kind, ...range })
}

/** The whole ledger beside what really listens. */
export async function listPorts(
  deps: PortsDeps & { publicHost: string },
): Promise<z.infer<typeof portRow>[]> {
  const rows = await deps.ports.all()
  return Promise.all(
    rows.map(async (row) => {
      const host = row.kind === 'front' ? deps.publicHost : '127.0.0.1'
      const listens = !(await deps.probe.isFree(host, row.port))
      return {
        port: row.port,
        kind: row.kind,
        state:
          row.state === 'foreign'
            ? ('foreign' as const)
            : listens
              ? ('listening' as const)
              : ('reserved' as const),
        owner: row.serviceId === null ? null : { service_id: row.serviceId, release: row.release },
        holder: listens ? await deps.probe.holder(row.port) : null,
      }
    }),
  )
}
