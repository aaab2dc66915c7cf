import { z } from 'zod'
import { configEndpoints } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import { ask } from './ask-config.ts'

const effective = configEndpoints['GET /config/effective'].response
const revisions = configEndpoints['GET /config/revisions'].response
const withTask = z.object({ task_id: z.string().nullable() })

/** What tests of a change that is tried first ask: `service_id` is the service on which it is tried. */
export function canaryFacts(admin: ApiClient, service_id: string) {
  const items = async (id = service_id) =>
    (await admin.get(`/config/effective?service_id=${id}`, effective)).items
  const ended = async (task: string | null) => {
    if (task === null) throw new Error('there is no task')
    return admin.taskEnd(task)
  }
  return {
    items,
    ended,
    /** What counts for the variable MODE. */
    mode: async () => (await items()).find(({ key }) => key === 'env.MODE') ?? null,
    instances: async () => (await admin.service(service_id)).instances.map(({ id }) => id),
    newest: async () =>
      (await admin.get(`/config/revisions?service_id=${service_id}`, revisions)).items[0] ?? null,
    refused: (body: object, key = 'env.MODE') =>
      ask(admin, 'POST', `/config/${key}`, { service_id, canary: true, ...body }),
    /** Lets the service have two instances. */
    async haveTwo() {
      const { body } = await ask(admin, 'PATCH', `/services/${service_id}`, { replicas: 2 })
      await ended(withTask.parse(body).task_id)
    },
  }
}
