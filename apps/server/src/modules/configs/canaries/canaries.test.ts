import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from '@vitrine/contract'
import { textSealer } from '../../../lib/sealed-text.ts'
import { createSecretsRepository } from '../../secrets/secrets.repository.ts'
import { createConfigCanaries } from './canaries.repository.ts'
import { serviceScope } from '../scopes/config-scope.ts'
import { openConfigsWorld } from '../configs.test-world.ts'
import { createPastSecrets } from '../secrets/past-secrets.repository.ts'
import { openedValue, storedVariables } from '../effective/service-variables.ts'

const sealer = textSealer('a secret of the tests')
const secret = 'planted-secret-94'
let world: Awaited<ReturnType<typeof openConfigsWorld>>
beforeAll(async () => {
  world = await openConfigsWorld()
})
afterAll(() => world?.close())

const valueOf = (key: string, value: Json | undefined, more: object = {}) => ({
  scope: serviceScope('one'),
  key,
  value,
  secret: false,
  description: '',
  base: 0,
  ...more,
})
const seal = (value: Json) => sealer.seal(JSON.stringify(value))

test('a secret that a canary tries is stored sealed, sealed again with a new key, and hidden in logs even after the canary has failed', async () => {
  const canaries = createConfigCanaries(world)
  const past = createPastSecrets(world)
  const version = await past.version('one')
  const number = await canaries.insert({
    serviceId: 'one',
    values: [valueOf('env.TOKEN', secret, { secret: true, sealing: 'seal' }), valueOf('env.MODE', 'x')],
    seal,
  })
  const stored = async () => JSON.stringify((await world.db.execute('select * from config_canaries')).rows)
  expect(await stored()).not.toContain(secret)
  expect(await past.version('one')).not.toBe(version)
  const before = await stored()
  expect((await createSecretsRepository(world).sealAnew(sealer)).sealed).toBe(1)
  expect(await stored()).not.toBe(before)
  const hidden = async () => {
    const ever = await past.ever([serviceScope('one')], 'env.')
    const open = (of: typeof ever.now) => of.map((one) => openedValue(sealer, { ...one, secret: true }))
    return [open(ever.now), open(ever.before)]
  }
  expect(await hidden()).toEqual([[secret], []])
  await canaries.giveUp(number)
  expect([await hidden(), await canaries.values(number)]).toEqual([[[], [secret]], []])
})

test('the variables of a canary are those of a revision with the tried changes: set, removed, or with another description', async () => {
  for (const [key, value] of Object.entries({ A: 'a', B: 'b', C: 'c' }))
    await world.set('two', `env.${key}`, { value })
  await world.send('admin', 'POST', '/env.B', { value: 'of all services' })
  const revision = await world.deps.configs.newest()
  const tried = [
    valueOf('env.A', 'tried'),
    valueOf('env.B', undefined),
    valueOf('env.C', null, { secret: true, sealing: 'keep' }),
    valueOf('env.D', 'new'),
    valueOf('custom.x', 'no variable'),
  ]
  const variables = await storedVariables(world.deps.configs, { serviceId: 'two', revision, tried })
  expect(Object.fromEntries([...variables].map(([key, { value }]) => [key, value]))).toEqual({
    'env.A': 'tried',
    'env.B': 'of all services',
    'env.C': 'c',
    'env.D': 'new',
  })
})

test('a revision has the number that was reserved for it, unless another revision has been made since', async () => {
  const canaries = createConfigCanaries(world)
  const write = async (number: number, value: string) =>
    world.deps.configs.write({
      author: { id: '44444444-4444-4444-8444-444444444444', name: 'admin' },
      reason: '',
      now: new Date(),
      values: [{ ...valueOf('env.N', value), base: undefined }],
      number,
    })
  const reserve = () => canaries.insert({ serviceId: 'one', values: [valueOf('env.N', 'x')], seal })
  const first = await reserve()
  expect(await write(first, '1')).toBe(first)
  const second = await reserve()
  const between = await world.set('two', 'custom.between', { value: 1 })
  expect(await write(second, '2')).toBeGreaterThan(between)
})
