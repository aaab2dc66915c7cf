import { errorBody } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { echo } from '../platform/packages.ts'
import type { ApiClient } from '../support/api-client.ts'
import { multipart } from '../support/multipart.ts'
import type { InWorld } from './both-gateways.world.ts'

const made = z.object({ key: z.string() })

/** What was read of another service with such a key. `limited-key.test.ts` plays every route of the API. */
const readings = [
  '/services/hostile',
  '/services/logs/hostile',
  '/services/hostile/logs/download',
  '/services/hostile/history',
  '/services/hostile/metrics',
  '/services/hostile/releases',
  '/algorithms/hostile/files',
  '/algorithms/hostile/archive',
]

/** The administrator's key is limited to the service `mine`, so only that limit can refuse anything. */
export function keyAtServiceCases(world: InWorld): void {
  let key: ApiClient | null = null
  const limited = async () => {
    const { admin } = world()
    const limit = { name: 'limited to mine', scopes: ['admin'], service_ids: ['mine'] }
    key ??= admin.with((await admin.post('/api-keys', made, limit)).key)
    return key
  }
  const refusalOf = async (answer: Response) => [
    answer.status,
    errorBody.safeParse(await answer.json()).data?.error.code,
  ]
  const refused = [403, 'auth.service_not_allowed']

  test('opens this one service at the gateway, at its path and at its front port', async () => {
    const client = await limited()
    expect((await client.predict('mine', ['x'])).status).toBe(200)
    const headers = { authorization: `Bearer ${client.token}` }
    const { front, platform } = world()
    for (const place of [front, `${platform.origin}/ai/hostile`])
      expect((await fetch(`${place}/`, { headers })).status, place).toBe(403)
  })

  test.each(readings)('does not read %s', async (path) => {
    expect(await refusalOf(await (await limited()).request('GET', path))).toEqual(refused)
  })

  test('reads its own repository and no other one', async () => {
    const { token } = await limited()
    const authorization = `Basic ${Buffer.from(`any:${token}`).toString('base64')}`
    const refs = async (id: string) => {
      const path = `//git/${id}.git/info/refs?service=git-upload-pack`
      return (await world().admin.with(null).request('GET', path, { headers: { authorization } })).status
    }
    expect([await refs('mine'), await refs('hostile')]).toEqual([200, 403])
  })

  test('creates no service and runs no other one', async () => {
    const client = await limited()
    const form = await multipart({ files: echo(), fields: { algorithm_id: 'fresh' } })
    const deploy = { algorithm_id: 'mine', service_id: 'another' }
    const asked = { service_id: 'hostile', input_data: ['true'] }
    for (const answer of [
      await client.request('POST', '/algorithms', { form }),
      await client.request('POST', '/services/deploy', { json: deploy }),
      await client.request('POST', '/runs', { json: asked }),
    ])
      expect(await refusalOf(answer)).toEqual(refused)
  })
}
