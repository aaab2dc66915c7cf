import { showcaseEndpoints } from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import { patienceMs } from '../support/browser.ts'

/** Waits until the platform has run the first demo input of a service, which it does after a deploy. Its stage shows the result. */
export async function untilSampled(admin: ApiClient, id: string): Promise<void> {
  const { response } = showcaseEndpoints['GET /showcase/{id}']
  const isSampled = async () => (await admin.get(`/showcase/${id}`, response)).samples.length > 0
  if (!(await waitFor(isSampled, { timeoutMs: 2 * patienceMs, everyMs: 250 })))
    throw new Error(`no demo input of ${id} was run`)
}
