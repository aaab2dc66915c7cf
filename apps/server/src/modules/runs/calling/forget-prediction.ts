import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import type { Logger } from 'pino'
import { deletePrediction } from './instance-call.ts'

/** How long to wait for an instance that is told to delete a prediction, in milliseconds. */
const forgettingMs = 5_000

/** Tells an instance to cancel or delete the prediction of a run. A failure is only logged. */
export async function forgetPrediction(
  { logger }: { logger: Pick<Logger, 'info'> },
  { run, ...prediction }: { run: string; id: string; serviceId: string; endpoint: InstanceEndpoint },
): Promise<void> {
  const signal = AbortSignal.timeout(forgettingMs)
  await deletePrediction({ ...prediction, signal }).catch(
    // The instance deletes the prediction by itself: an hour after the platform has disconnected, or when its process
    // ends.
    (error: unknown) => logger.info({ err: error, run }, 'an instance was not told of an end'),
  )
}
