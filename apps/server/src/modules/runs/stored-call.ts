/** The call of an instance that executes a run. It is in the run's row from before the call until the end. */
export type StoredCall = {
  instanceId: string
  /** The process that was called. Null if the runner does not identify processes. */
  generation: string | null
  /** The id that the platform chose for the prediction. */
  predictionId: string
  /** Whether the instance keeps the prediction when its caller disconnects. Null until it has answered. */
  kept: boolean | null
}
