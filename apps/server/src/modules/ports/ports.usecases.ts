import type { z } from 'zod'
import type { portRow } from '@vitrine/contract'
import type { AppError } from '../../lib/errors.ts'
import type { inTurn } from '../../lib/in-turn.ts'
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
  /** In which front ports are chosen, one after the other. */
  turns: Pick<ReturnType<typeof inTurn>, 'run'>
  ranges: Record<LedgerPort['kind'], PortRange>
}

/** Which front port is wanted: the `fixed` one and no other, or the first free one from `preferred` on. */
export type FrontPortRequest = {
  host: string
  serviceId: string
  fixed?: number | undefined
  preferred?: number | undefined
}

/** Whether a port that nobody has in the ledger can be had; it is claimed on the machine then. A stranger's is recorded as such. */
async function isToBeHad(deps: PortsDeps, host: string, port: number): Promise<boolean> {
  // Another Vitrine may have given it to a service that is still being deployed: nobody listens there yet.
  const isOurs = await deps.claims.claim(portClaim(port))
  if (isOurs && (await deps.probe.isFree(host, port))) return true
  if (isOurs) deps.claims.release(portClaim(port))
  await deps.ports.enterForeign(port)
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

/** The error of a front port that is taken: who holds it, and the nearest free one. */
export const takenFrontPort = async (deps: PortsDeps, host: string, port: number): Promise<AppError> =>
  portTaken({
    port,
    holder: await holderOf(deps, port),
    nearest_free: await nearestFreePort(deps, host, port),
  })

async function chooseFixed(deps: PortsDeps, host: string, port: number, isKnown: boolean): Promise<number> {
  const range = deps.ranges.front
  if (port < range.first || port > range.last) throw portOutOfRange({ port, ...range })
  if (!isKnown && (await isToBeHad(deps, host, port))) return port
  throw await takenFrontPort(deps, host, port)
}

/** A port that can be had, claimed on the machine and not yet in the ledger; or the fixed one, where its service has that already. */
async function choose(deps: PortsDeps, request: FrontPortRequest): Promise<number> {
  const { host, fixed, preferred } = request
  await forgetGoneStrangers(deps, 'front', host)
  const known = new Map((await deps.ports.all()).map((row) => [row.port, row.serviceId]))
  if (fixed !== undefined && known.get(fixed) === request.serviceId) return fixed
  if (fixed !== undefined) return chooseFixed(deps, host, fixed, known.has(fixed))
  const range = deps.ranges.front
  const near = Math.min(Math.max(preferred ?? range.first, range.first), range.last)
  for (const port of candidates(range, near))
    if (!known.has(port) && (await isToBeHad(deps, host, port))) return port
  throw portsExhausted({ kind: 'front', ...range })
}

/**
 * Chooses a front port and has `store` enter it in the ledger, together with whatever else belongs to that. One is chosen after the other, so
 * nobody else chooses it meanwhile. Throws `port.taken`, `port.out_of_range` or `port.exhausted`.
 */
export function reserveFrontPort<T>(
  deps: PortsDeps,
  request: FrontPortRequest,
  store: (port: number) => Promise<T>,
): Promise<T> {
  return deps.turns.run('front ports', async () => {
    const port = await choose(deps, request)
    try {
      return await store(port)
    } finally {
      const isEntered = (await deps.ports.all()).some((row) => row.port === port)
      if (!isEntered) deps.claims.release(portClaim(port))
    }
  })
}

/**
 * Claims the front ports that services have had since before this start. One that another Vitrine has claimed meanwhile stays its service's: the
 * gateway says who has it.
 */
export async function claimFrontPorts(deps: Pick<PortsDeps, 'ports' | 'claims'>): Promise<void> {
  for (const row of await deps.ports.all())
    if (row.kind === 'front' && row.state === 'reserved') await deps.claims.claim(portClaim(row.port))
}

/** Gives up the claims on ports that are in the ledger no more. */
export function giveUpClaims(deps: Pick<PortsDeps, 'claims'>, ports: readonly number[]): void {
  for (const port of ports) deps.claims.release(portClaim(port))
}

/** Gives back all ports of a service that is gone. */
export async function releaseServicePorts(
  deps: Pick<PortsDeps, 'ports' | 'claims'>,
  serviceId: string,
): Promise<void> {
  const fronts = await deps.ports.frontsOf(serviceId)
  await deps.ports.releaseService(serviceId)
  giveUpClaims(
    deps,
    fronts.map(({ port }) => port),
  )
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
