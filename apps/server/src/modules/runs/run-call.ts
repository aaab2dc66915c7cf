/** The call of an instance by which a run is carried out, as its row has it from before the call to its end. */
export type StoredCall = {
  instanceId: string
  /** Which process of the instance was called; null where the runner did not tell. */
  generation: string | null
  /** The id that the platform gave the prediction. */
  predictionId: string
  /** Whether the instance keeps the prediction when its caller leaves; null as long as it has not answered. */
  kept: boolean | null
}
