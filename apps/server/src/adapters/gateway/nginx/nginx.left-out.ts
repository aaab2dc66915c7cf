import {
  changeBetween,
  emptyGatewayTable,
  endpointText,
  readServableChange,
  readServableTable,
  withoutLeftOut,
  type GatewayTable,
  type LeftOutRoute,
  type ServableTable,
  type TcpEndpoint,
} from '@vitrine/contract'
import { AppError } from '../../../lib/errors.ts'
import { addressesOfMachine, canListenOn } from '../../../lib/machine-addresses.ts'
import { isPortFree } from '../../../lib/procfs/port-holder.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { findFaulty } from '../route-problems.ts'

/** How long a former holder of the addresses may take to release them. */
const lettingGoMs = 300
/** How long another driver may take to release the public address, in milliseconds. It certainly releases it. */
const takeOverMs = 5_000

/**
 * Returns what a start calls when it only needs its addresses. The first call lets another driver release them, if there is
 * one, and returns the address of a table that this one certainly has.
 */
export function takeOverOf(letGo: (() => void) | undefined): (table: GatewayTable) => TcpEndpoint | null {
  let isOver = letGo === undefined
  return (table) => {
    if (isOver) return null
    isOver = true
    letGo?.()
    return table === emptyGatewayTable ? null : table.public
  }
}

/** The addresses of a list that other processes hold, or that the machine does not have. */
export async function takenOf(addresses: readonly TcpEndpoint[]): Promise<string[]> {
  const taken: string[] = []
  for (const address of addresses)
    if (!(await isPortFree(address.host, address.port))) taken.push(endpointText(address))
  return taken
}

/**
 * The addresses of a list that are still held after their former holder had time to release them. `awaited` is one that
 * another driver releases now: without it, nobody would be served.
 */
export async function takenInTheEnd(
  addresses: readonly TcpEndpoint[],
  awaited: TcpEndpoint | null,
): Promise<Set<string>> {
  let taken: string[] = []
  if (awaited !== null) {
    const isFree = () => isPortFree(awaited.host, awaited.port)
    await waitFor(isFree, { timeoutMs: takeOverMs, everyMs: 5 })
  }
  const areFree = async () => (taken = await takenOf(addresses)).length === 0
  await waitFor(areFree, { timeoutMs: lettingGoMs, everyMs: 5 })
  return new Set(taken)
}

/**
 * The front ports of a table on which nginx cannot listen. It would refuse the whole configuration because of
 * an address that has left the machine, even while it still listens there. `canOpen` tells whether nginx
 * listens on an address already, or could.
 */
export async function closedFrontPorts(
  { routes }: GatewayTable,
  canOpen: (address: TcpEndpoint) => Promise<boolean>,
): Promise<LeftOutRoute[]> {
  const machine = addressesOfMachine()
  const closed: LeftOutRoute[] = []
  for (const { service_id, front } of routes) {
    if (front === null) continue
    const isHere = canListenOn(front.host, machine)
    if (isHere && (await canOpen(front))) continue
    const reason = `cannot listen on ${endpointText(front)}`
    closed.push({ service_id, part: 'front', cause: isHere ? 'held' : 'absent', reason })
  }
  return closed
}

/**
 * Returns what no gateway can serve of a table, and the rest. Of its routes only those are read that the table in force does not
 * have; the others stay the same objects.
 */
export function servableAfter(inForce: GatewayTable, wanted: GatewayTable): ServableTable {
  const change = inForce === emptyGatewayTable ? null : changeBetween(inForce, wanted)
  const { leftOut } = change === null ? readServableTable(wanted) : readServableChange(inForce, change)
  return { table: withoutLeftOut(wanted, leftOut), leftOut }
}

const isRefusal = (error: unknown) => error instanceof AppError && error.code === 'gateway.refused'

type Check = (table: GatewayTable) => Promise<string | null>

/**
 * The routes of a table that nginx refuses, each checked alone. If only its front port is the reason, the rest
 * of a route is served. Empty if nginx refuses the table also without routes, or only several of them together.
 */
async function refusedRoutes(table: GatewayTable, check: Check): Promise<LeftOutRoute[]> {
  const checkOnly = (routes: readonly GatewayTable['routes'][number][]) =>
    check({ ...table, routes: [...routes] })
  if ((await checkOnly([])) !== null) return []
  const leftOut: LeftOutRoute[] = []
  for (const { item, reason } of await findFaulty(table.routes, checkOnly)) {
    const isFrontAlone = item.front !== null && (await checkOnly([{ ...item, front: null }])) === null
    const part = isFrontAlone ? 'front' : 'route'
    leftOut.push({ service_id: item.service_id, part, cause: 'unusable', reason })
  }
  return leftOut
}

/**
 * Makes an attempt with a table, and if nginx refuses it because of some of its routes, another one without
 * them. Resolves with what was left out. `check` asks nginx about a table without any effect.
 */
export async function withoutRefused(
  table: GatewayTable,
  { attempt, check }: { attempt: (table: GatewayTable) => Promise<void>; check: Check },
): Promise<LeftOutRoute[]> {
  try {
    await attempt(table)
    return []
  } catch (error) {
    if (!isRefusal(error)) throw error
    const leftOut = await refusedRoutes(table, check)
    if (leftOut.length === 0) throw error
    await attempt(withoutLeftOut(table, leftOut))
    return leftOut
  }
}

/** Makes an attempt again if nginx refuses it, because another process may have taken a port since it was tried. */
export const twice = <T>(attempt: () => Promise<T>): Promise<T> =>
  attempt().catch((error: unknown) => {
    if (isRefusal(error)) return attempt()
    throw error
  })
