import { patienceMs } from '../../../../../tests/support/patience.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { takesRequests } from './instance-facts.ts'
import { addInstance, type InstancesDeps } from './instances.usecases.ts'
import { startInstance } from './start-instance.ts'
import type { KnownInstance } from './known-instance.ts'

/** Adds an instance and starts it. Resolves when it takes requests; rejects with what is known of one that does not. */
export async function startForTest(deps: InstancesDeps, instance: KnownInstance): Promise<void> {
  const { monitor } = deps
  await addInstance(deps, instance)
  const signal = AbortSignal.timeout(patienceMs)
  const started = await startInstance(deps, instance, { signal }).catch((error: unknown) => {
    throw new Error(`does not start: ${JSON.stringify(monitor.get(instance.id))}`, { cause: error })
  })
  if (!started.ready) throw new Error(started.reason.en)
  await waitFor(() => monitor.ofService(instance.serviceId).some(takesRequests), { timeoutMs: patienceMs })
}
