import { afterAll, beforeAll, expect, test } from 'vitest'
import { configEndpoints } from '@vitrine/contract'
import { openConfigsWorld } from '../configs.test-world.ts'

const effective = configEndpoints['GET /config/effective'].response
let world: Awaited<ReturnType<typeof openConfigsWorld>>
beforeAll(async () => {
  world = await openConfigsWorld()
})
afterAll(() => world?.close())

const read = async (role: string, query = '') =>
  new Map(
    effective
      .parse((await world.send(role, 'GET', `/effective${query}`)).json())
      .items.map((item) => [item.key, item]),
  )

test('of the values of the platform, the owner of a service sees only those that the service can have', async () => {
  const changes = [
    { key: 'env.REGION', value: 'eu' },
    { key: 'env.BOTH', value: 'of the platform' },
    { key: 'custom.private', value: 'planted-value-33' },
    { key: 'service.timeout', value: 77 },
  ]
  await world.send('admin', 'POST', '', { changes })
  await world.set('one', 'env.BOTH', { value: 'of the service' })
  await world.set('two', 'env.OTHER', { value: 'x' })
  const of = await read('user', '?service_id=one')
  expect(of.get('env.REGION')).toMatchObject({ value: 'eu', type: 'system', source: 'database' })
  expect(of.get('env.BOTH')).toMatchObject({
    value: 'of the service',
    overridden: [{ type: 'system', value: 'of the platform' }],
  })
  expect(of.get('service.timeout')?.overridden).toContainEqual(
    expect.objectContaining({ type: 'system', value: 77 }),
  )
  expect([...of.keys()].filter((key) => key === 'env.OTHER' || key.startsWith('custom.'))).toEqual([])
  const all = await read('admin')
  expect(all.get('custom.private')).toMatchObject({ value: 'planted-value-33', revision: 1 })
  expect(all.has('env.OTHER')).toBe(false)
})
