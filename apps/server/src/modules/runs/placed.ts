/** Where a run is carried out; `leave` says that the run is done there. */
export type Placed = {
  instanceId: string
  port: number
  /** Which process of the instance it is; null where the runner does not tell. */
  generation: string | null
  leave: () => void
}

/** Where a run goes, once there is such a place. Rejects when there will be none. */
export type Place = (signal: AbortSignal) => Promise<Placed>
