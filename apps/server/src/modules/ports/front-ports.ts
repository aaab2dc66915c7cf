import type { z } from 'zod'
import type { portRow, TcpEndpoint } from '@vitrine/contract'
import type { AppError } from '../../lib/errors.ts'
import type { keyedQueue } from '../../lib/keyed-queue.ts'
import type { MachineClaims } from '../../lib/machine-claims.ts'
import { blockedAt } from './front-address.ts'
import {
  portHostUnavailable,
  portOutOfRange,
  portsExhausted,
  portTaken,
  type PortHolder,
} from './ports.errors.ts'
import type { LedgerPort, PortsRepository } from './ports.repository.ts'

/** A range of ports. Both ends are included. */
export type PortRange = { first: number; last: number }

/** What the ledger needs to know about the machine. */
export type PortProbe = {
  isFree(host: string, port: number): Promise<boolean>
  /** Whether the machine has this address, so that a port can be opened there. */
  canListenOn(host: string): boolean
  /** All addresses at which a listener on a host is reached: several for a wildcard address. */
  addressesBehind(host: string): readonly string[]
  /** The process that listens on a port of an address, if the system reveals it. */
  holder(port: number, host: string): Promise<{ pid: number; command: string } | null>
  /** All ports with a listener, each with its process if the system reveals it. */
  listening(): Promise<ReadonlyMap<number, { pid: number; command: string } | null>>
}

/** The name of a port's claim on the machine. Only the Vitrine with the claim may allocate the port. */
export const portClaim = (port: number): string => `vitrine-port-${port}`

/** What reserving ports needs. */
export type PortsDeps = {
  ports: PortsRepository
  probe: PortProbe
  claims: Pick<MachineClaims, 'claim' | 'release'>
  /** The queue in which front ports are chosen, one after the other. */
  queue: Pick<ReturnType<typeof keyedQueue>, 'enter'>
  ranges: Record<LedgerPort['kind'], PortRange>
}

/** The wanted front port: only the `fixed` one, or the first free one from `preferred` on. */
export type FrontPortRequest = {
  host: string
  serviceId: string
  fixed?: number | undefined
  preferred?: number | undefined
  /** Where the gateway listens for the service now. By default nowhere. */
  now?: TcpEndpoint | null
}

/**
 * Claims a port without an owner in the ledger if it can be used. Resolves with whether it is claimed. A port
 * that another program holds is recorded as foreign.
 */
async function claimIfFree(deps: PortsDeps, host: string, port: number): Promise<boolean> {
  // Another Vitrine may have allocated it to a service that is still being deployed, so that nobody listens
  // there yet.
  const isOurs = await deps.claims.claim(portClaim(port))
  let isUsable = false
  try {
    isUsable = isOurs && (await deps.probe.isFree(host, port))
  } finally {
    if (isOurs && !isUsable) deps.claims.release(portClaim(port))
  }
  if (!isUsable) await deps.ports.enterForeign(port, 'front')
  return isUsable
}

/** Removes foreign ports whose programs have gone, so that they can be used again. */
export async function forgetGoneForeignPorts(
  deps: { ports: Pick<PortsRepository, 'all' | 'forgetForeign'>; probe: Pick<PortProbe, 'isFree'> },
  kind: LedgerPort['kind'],
  host: string,
): Promise<void> {
  for (const row of await deps.ports.all())
    if (row.state === 'foreign' && row.kind === kind && (await deps.probe.isFree(host, row.port)))
      await deps.ports.forgetForeign(row.port)
}

/** The ports of a range in the order of the search: upwards from `near`, then downwards. */
function* candidates(range: PortRange, near: number): Generator<number> {
  for (let port = near; port <= range.last; port++) yield port
  for (let port = near - 1; port >= range.first; port--) yield port
}

/** What a service wanted and could not get. */
type Refused = { host: string; port: number; serviceId: string }

async function holderOf(deps: PortsDeps, { host, port, serviceId }: Refused): Promise<PortHolder> {
  const row = (await deps.ports.all()).find((entry) => entry.port === port)
  if (row?.serviceId && row.serviceId !== serviceId) return { service_id: row.serviceId }
  return (await deps.probe.holder(port, host)) ?? { unknown: true }
}

/** The free front port nearest to a given one, or null. */
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

/**
 * Whether a service can get a front port, and the nearest one that it can get instead. Nothing is reserved, so another
 * service may take it meanwhile.
 */
export async function askForPort(
  deps: Pick<PortsDeps, 'ports' | 'probe' | 'ranges'>,
  wanted: { host: string; port: number; serviceId: string | undefined },
): Promise<{ free: boolean; nearest_free: number | null }> {
  const { host, port, serviceId } = wanted
  const { first, last } = deps.ranges.front
  const row = (await deps.ports.all()).find((one) => one.port === port)
  const isOwn = row?.kind === 'front' && row.serviceId !== null && row.serviceId === serviceId
  const nearest = await nearestFreePort(deps, host, Math.min(Math.max(port, first), last))
  return { free: isOwn || nearest === port, nearest_free: nearest }
}

/** The error for a taken front port, with its holder and the nearest free port. */
export const takenFrontPort = async (deps: PortsDeps, refused: Refused): Promise<AppError> =>
  portTaken({
    port: refused.port,
    holder: await holderOf(deps, refused),
    nearest_free: await nearestFreePort(deps, refused.host, refused.port),
  })

/**
 * Throws `port.host_unavailable` if the machine does not have this address (any more), and `port.taken` if
 * another process has the port there. `now` is where the gateway listens for the service already.
 */
export async function needAddress(
  deps: PortsDeps,
  { host, port, serviceId, now }: Refused & { now: TcpEndpoint | null },
): Promise<void> {
  if (!deps.probe.canListenOn(host)) throw portHostUnavailable({ host })
  const at = await blockedAt(deps.probe, { host, port }, now)
  if (at !== null) throw await takenFrontPort(deps, { host: at, port, serviceId })
}

async function chooseFixed(
  deps: PortsDeps,
  { host, port, serviceId }: Refused,
  isKnown: boolean,
): Promise<number> {
  const range = deps.ranges.front
  if (port < range.first || port > range.last) throw portOutOfRange({ port, ...range })
  if (!isKnown && (await claimIfFree(deps, host, port))) return port
  throw await takenFrontPort(deps, { host, port, serviceId })
}

/**
 * Chooses a usable port that is claimed on the machine and not yet in the ledger. A fixed port may be one
 * that its service already has, to be opened on another address.
 */
async function choose(deps: PortsDeps, request: FrontPortRequest): Promise<number> {
  const { host, fixed, preferred, serviceId, now = null } = request
  if (!deps.probe.canListenOn(host)) throw portHostUnavailable({ host })
  await forgetGoneForeignPorts(deps, 'front', host)
  const known = new Map((await deps.ports.all()).map((row) => [row.port, row]))
  const asked = fixed === undefined ? undefined : known.get(fixed)
  // The port of one of its instances is also a port of the service, but never a front port.
  if (fixed !== undefined && asked?.kind === 'front' && asked.serviceId === serviceId) {
    await needAddress(deps, { host, port: fixed, serviceId, now })
    return fixed
  }
  if (fixed !== undefined) return chooseFixed(deps, { host, port: fixed, serviceId }, known.has(fixed))
  const range = deps.ranges.front
  const near = Math.min(Math.max(preferred ?? range.first, range.first), range.last)
  for (const port of candidates(range, near))
    if (!known.has(port) && (await claimIfFree(deps, host, port))) return port
  throw portsExhausted({ kind: 'front', ...range })
}

/** A front port that is chosen and claimed on the machine. Nobody else chooses a front port until the hold ends. */
export type FrontPortHold = {
  port: number
  /** Keeps the claim: the port is in the ledger now. */
  keep: () => void
  /** Ends the hold. Gives up the claim, unless the port was kept or is in the ledger. */
  end: () => Promise<void>
}

/**
 * Holds a front port, so that the caller can enter it in the ledger together with related changes. The caller must
 * end the hold. Holds wait for each other, so that no port is chosen twice. Throws `port.taken`,
 * `port.out_of_range`, `port.host_unavailable` or `port.exhausted`.
 */
export async function holdFrontPort(deps: PortsDeps, request: FrontPortRequest): Promise<FrontPortHold> {
  const endTurn = await deps.queue.enter('front ports')
  try {
    const port = await choose(deps, request)
    let isKept = false
    return {
      port,
      keep: () => {
        isKept = true
      },
      end: async () => {
        // If the ledger cannot be read, the port was not stored either. The caller has the error.
        isKept ||= await deps.ports.all().then(
          (rows) => rows.some((row) => row.port === port),
          () => false,
        )
        if (!isKept) deps.claims.release(portClaim(port))
        endTurn()
      },
    }
  } catch (error) {
    endTurn()
    throw error
  }
}

/**
 * Claims the front ports that services had before this start. If another Vitrine has claimed one in the
 * meantime, its service keeps it, and the gateway reports the holder.
 */
export async function claimFrontPorts(deps: Pick<PortsDeps, 'ports' | 'claims'>): Promise<void> {
  for (const row of await deps.ports.all())
    if (row.kind === 'front' && row.state === 'reserved') await deps.claims.claim(portClaim(row.port))
}

/** Gives up the claims on ports that are no longer in the ledger. */
export function giveUpClaims(deps: Pick<PortsDeps, 'claims'>, ports: readonly number[]): void {
  for (const port of ports) deps.claims.release(portClaim(port))
}

/**
 * Releases the front ports that a service does not use, from the ledger and on the machine. The gateway must have
 * closed them: it would be taken for another program that has them.
 */
export async function releaseUnusedFronts(
  deps: Pick<PortsDeps, 'claims'> & { ports: Pick<PortsRepository, 'releaseUnusedFronts'> },
  serviceId: string,
): Promise<void> {
  giveUpClaims(deps, await deps.ports.releaseUnusedFronts(serviceId))
}

/** The whole ledger together with the actual listeners, which are read once. */
export async function listPorts(
  deps: PortsDeps & {
    /** Whether another process holds the front port of a service. */
    isTaken: (serviceId: string) => boolean
  },
): Promise<z.infer<typeof portRow>[]> {
  const [all, listening] = await Promise.all([deps.ports.all(), deps.probe.listening()])
  // A foreign port whose program has gone is removed at the next reservation, and is not shown until then.
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
