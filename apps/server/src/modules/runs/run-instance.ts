import type { Endpoint } from '@vitrine/contract'

/** The instance that executes a run. Call `leave` when the run has ended there. */
export type RunInstance = {
  instanceId: string
  endpoint: Endpoint
  /** The process of the instance. Null if the runner does not identify processes. */
  generation: string | null
  leave: () => void
}

/** Resolves with the instance for a run once there is one. Rejects if there will be none. */
export type FindInstance = (signal: AbortSignal) => Promise<RunInstance>
