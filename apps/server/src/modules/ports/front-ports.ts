import type { PortRow, TcpEndpoint } from '@vitrine/contract'
import { candidates, requireAddress, takenFrontPort, type Refused } from './ask-for-port.ts'
import type { PortProbe, PortsDeps } from './ports.deps.ts'
import { portHostUnavailable, portOutOfRange, portsExhausted } from './ports.errors.ts'
import type { LedgerPort, PortsRepository } from './ports.repository.ts'

/** The name of a port's claim on the machine. Only the Vitrine with the claim may allocate the port. */
export const portClaim = (port: number): string => `vitrine-port-${port}`

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
 * Chooses a usable port that is not yet in the ledger, and claims it on the machine. A fixed port may be one that its
 * service already has (`isOwn`), to be opened on another address; its claim is as old as it.
 */
async function choose(deps: PortsDeps, request: FrontPortRequest): Promise<{ port: number; isOwn: boolean }> {
  const { host, fixed, preferred, serviceId, now = null } = request
  if (!deps.probe.canListenOn(host)) throw portHostUnavailable({ host })
  await forgetGoneForeignPorts(deps, 'front', host)
  const known = new Map((await deps.ports.all()).map((row) => [row.port, row]))
  const asked = fixed === undefined ? undefined : known.get(fixed)
  // The service also owns the ports of its instances. Those cannot become front ports.
  if (fixed !== undefined && asked?.kind === 'front' && asked.serviceId === serviceId) {
    await requireAddress(deps, { host, port: fixed, serviceId, now })
    return { port: fixed, isOwn: true }
  }
  if (fixed !== undefined) {
    const port = await chooseFixed(deps, { host, port: fixed, serviceId }, known.has(fixed))
    return { port, isOwn: false }
  }
  const range = deps.ranges.front
  const near = Math.min(Math.max(preferred ?? range.first, range.first), range.last)
  for (const port of candidates(range, near))
    if (!known.has(port) && (await claimIfFree(deps, host, port))) return { port, isOwn: false }
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
    const { port, isOwn } = await choose(deps, request)
    let isKept = isOwn
    return {
      port,
      keep: () => {
        isKept = true
      },
      end: async () => {
        // If the ledger cannot be read, a new port was not stored either. The caller has the error.
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

/** Claims a port that a service has in the ledger again. */
export const claimAgain = (deps: Pick<PortsDeps, 'claims'>, port: number): Promise<boolean> =>
  deps.claims.claim(portClaim(port))

/**
 * Gives up the claims on the front ports that `release` has removed from the ledger. Nobody chooses a front port meanwhile:
 * whoever chose one of these after its row was gone, and before the claim was, would lose the claim.
 */
export async function releasingFrontPorts(
  { queue, claims }: Pick<PortsDeps, 'claims' | 'queue'>,
  release: () => Promise<readonly number[]>,
): Promise<void> {
  const endTurn = await queue.enter('front ports')
  try {
    for (const port of await release()) claims.release(portClaim(port))
  } finally {
    endTurn()
  }
}

/**
 * Releases the front ports that a service does not use, from the ledger and on the machine. Call this only after the
 * gateway has closed the ports. Otherwise the next check finds the gateway on them and takes it for a foreign program.
 * Must not be called while a front port is held.
 */
export const releaseUnusedFrontPorts = (
  deps: Pick<PortsDeps, 'claims' | 'queue'> & { ports: Pick<PortsRepository, 'releaseUnusedFrontPorts'> },
  serviceId: string,
): Promise<void> => releasingFrontPorts(deps, () => deps.ports.releaseUnusedFrontPorts(serviceId))

/** The port of the platform itself and the whole ledger, together with the actual listeners, which are read once. */
export async function listPorts(
  deps: PortsDeps & {
    /** Whether another process holds the front port of a service. */
    isTaken: (serviceId: string) => boolean
    /** The port at which the platform itself is reached. */
    platformPort: number
  },
): Promise<PortRow[]> {
  const [all, listening] = await Promise.all([deps.ports.all(), deps.probe.listening()])
  // A foreign port whose program has gone is removed at the next reservation, and is not shown until then.
  const rows = all.filter((row) => row.state !== 'foreign' || listening.has(row.port))
  const stateOf = (row: LedgerPort): PortRow['state'] => {
    if (row.state === 'foreign') return 'foreign'
    if (row.kind === 'front' && row.serviceId !== null && deps.isTaken(row.serviceId)) return 'taken'
    return listening.has(row.port) ? 'listening' : 'reserved'
  }
  const { platformPort: port } = deps
  const platform = {
    port,
    kind: 'platform' as const,
    state: listening.has(port) ? ('listening' as const) : ('reserved' as const),
    owner: null,
    holder: listening.get(port) ?? null,
  }
  const ledger = rows.map((row) => ({
    port: row.port,
    kind: row.kind,
    state: stateOf(row),
    owner: row.serviceId === null ? null : { service_id: row.serviceId, release: row.release },
    holder: listening.get(row.port) ?? null,
  }))
  return [platform, ...ledger]
}
