import type { GatewayKeys, GatewayTable } from '@vitrine/contract'

/**
 * Carries requests from the public address and the front ports to the control plane and the instances,
 * in a process of its own that outlives the control plane.
 */
export type Gateway = {
  readonly kind: 'embedded' | 'nginx'
  /** Adopts the running gateway or starts one, serving the last applied table. */
  open(): Promise<void>
  /**
   * Switches to a table: writes a candidate, has it checked, renames, and resolves once requests follow it.
   * A table that the gateway refuses rejects with `gateway.refused` and leaves the last good one serving.
   */
  apply(table: GatewayTable): Promise<void>
  /** Replaces the list of API keys; effective when it resolves. */
  applyKeys(keys: GatewayKeys): Promise<void>
  /**
   * How many requests and tunnels are under way to an instance, also to one that the table does not name any more. Rejects
   * with `gateway.unavailable` when the process does not answer.
   */
  inFlight(instanceId: string): Promise<number>
  /** Lets go; the process goes on. */
  close(): Promise<void>
  /** Stops the gateway process. */
  shutdown(): Promise<void>
}
