import type { GatewayTable, LeftOutRoute } from '@vitrine/contract'
import { findPortHolder, type PortHolder } from '../../lib/procfs/port-holder.ts'

/** What a gateway does not serve of a table that it follows otherwise. */
export type RouteProblem = LeftOutRoute & {
  /** The process that has the port of a held front port, if the system reveals it. */
  holder: PortHolder | null
}

/** Finds the holders of held front ports. `table` is the one that was requested. */
export function withHolders(
  table: Pick<GatewayTable, 'routes'>,
  leftOut: readonly LeftOutRoute[],
): Promise<RouteProblem[]> {
  return Promise.all(
    leftOut.map(async (one) => {
      const front = table.routes.find((route) => route.service_id === one.service_id)?.front
      const isHeld = one.cause === 'held' && front
      return { ...one, holder: isHeld ? await findPortHolder(front.port, front.host) : null }
    }),
  )
}

/**
 * Finds the items of a list that a check refuses, by halving the list: few checks if few items are bad.
 * `check` resolves with null if it accepts a list, else with its reason. Empty if each half of a refused list
 * is accepted.
 */
export async function findFaulty<T>(
  items: readonly T[],
  check: (items: readonly T[]) => Promise<string | null>,
): Promise<{ item: T; reason: string }[]> {
  const [first] = items
  if (first === undefined) return []
  const reason = await check(items)
  if (reason === null) return []
  if (items.length === 1) return [{ item: first, reason }]
  const middle = Math.floor(items.length / 2)
  return [
    ...(await findFaulty(items.slice(0, middle), check)),
    ...(await findFaulty(items.slice(middle), check)),
  ]
}
