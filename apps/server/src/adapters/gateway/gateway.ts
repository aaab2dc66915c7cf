import type { GatewayKeys, GatewayTable } from '@vitrine/contract'
import type { RouteProblem } from './route-problems.ts'

/**
 * Passes requests from the public address and the front ports to the control plane and the instances. It is a
 * separate process that outlives the control plane.
 */
export type Gateway = {
  readonly kind: 'embedded' | 'nginx'
  /** Adopts the running gateway or starts one. It serves the last applied table. */
  open(): Promise<void>
  /**
   * Switches to a table: writes a candidate, has it checked, renames it, and resolves when requests follow
   * it. Resolves with the routes and front ports that the gateway cannot serve. They are left out, and all
   * others are served. Only if the table as a whole cannot be followed (its key, or the public address), it
   * rejects with `gateway.refused`, and the last good table stays in force.
   */
  apply(table: GatewayTable): Promise<RouteProblem[]>
  /** Replaces the list of API keys. They are in force when it resolves. */
  applyKeys(keys: GatewayKeys): Promise<void>
  /**
   * Returns the number of requests and tunnels in progress to these instances together, even if the table does not
   * name them any more. An nginx that itself picks among the instances of a service counts for all of them, so a
   * request there is in progress to each of them. So does a former process of the embedded gateway that still finishes
   * requests. Rejects with `gateway.unavailable` if the process does not answer.
   */
  inFlight(instanceIds: readonly string[]): Promise<number>
  /** Releases the gateway. Its process keeps running. */
  close(): Promise<void>
  /** Stops the gateway process. */
  shutdown(): Promise<void>
}
