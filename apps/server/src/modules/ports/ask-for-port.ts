import type { TcpEndpoint } from '@vitrine/contract'
import type { AppError } from '../../lib/errors.ts'
import { blockedAt } from './front-address.ts'
import type { PortRange, PortsDeps } from './ports.deps.ts'
import { portHostUnavailable, portTaken, type PortHolder } from './ports.errors.ts'

/** The ports of a range in the order of the search: upwards from `near`, then downwards. */
export function* candidates(range: PortRange, near: number): Generator<number> {
  for (let port = near; port <= range.last; port++) yield port
  for (let port = near - 1; port >= range.first; port--) yield port
}

/** What a service wanted and could not get. */
export type Refused = { host: string; port: number; serviceId: string }

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

/** Whether a service can get a front port, what keeps it from that, and the nearest one that it can get. */
type PortAnswer = {
  free: boolean
  nearest_free: number | null
  /** The other service that has the port. */
  service_id: string | null
  range: PortRange
}

/**
 * Answers whether a service can get a front port. Nothing is reserved, so another service may take it meanwhile.
 */
export async function askForPort(
  deps: Pick<PortsDeps, 'ports' | 'probe' | 'ranges'>,
  wanted: { host: string; port: number; serviceId: string | undefined },
): Promise<PortAnswer> {
  const { host, port, serviceId } = wanted
  const { first, last } = deps.ranges.front
  const row = (await deps.ports.all()).find((one) => one.port === port)
  const isOwn = row?.kind === 'front' && row.serviceId !== null && row.serviceId === serviceId
  const nearest = await nearestFreePort(deps, host, Math.min(Math.max(port, first), last))
  return {
    free: isOwn || nearest === port,
    nearest_free: nearest,
    service_id: isOwn ? null : (row?.serviceId ?? null),
    range: { first, last },
  }
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
export async function requireAddress(
  deps: PortsDeps,
  { host, port, serviceId, now }: Refused & { now: TcpEndpoint | null },
): Promise<void> {
  if (!deps.probe.canListenOn(host)) throw portHostUnavailable({ host })
  const at = await blockedAt(deps.probe, { host, port }, now)
  if (at !== null) throw await takenFrontPort(deps, { host: at, port, serviceId })
}
