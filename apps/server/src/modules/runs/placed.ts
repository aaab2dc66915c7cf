import type { Endpoint } from '@vitrine/contract'

/** Where a run is carried out; `leave` says that the run is done there. */
export type Placed = {
  instanceId: string
  endpoint: Endpoint
  /** Which process of the instance it is; null where the runner does not tell. */
  generation: string | null
  leave: () => void
}

/** Where a run goes, once there is such a place. Rejects when there will be none. */
export type Place = (signal: AbortSignal) => Promise<Placed>
