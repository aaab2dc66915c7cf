import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCurrentConfig } from '../../configs/effective/current-config.ts'
import { openConfigsWorld } from '../../configs/configs.test-world.ts'
import { attemptLimitsOf } from './attempt-limits.ts'
import { createAttemptsRepository } from './attempts.repository.ts'

let world: Awaited<ReturnType<typeof openConfigsWorld>>
beforeAll(async () => {
  world = await openConfigsWorld()
})
afterAll(() => world?.close())

test('a value that is saved counts for the next attempt, and a removed one is the usual one again', async () => {
  const { db, deps } = world
  const current = await openCurrentConfig({ configs: deps.configs, env: {}, file: new Map() })
  const attempts = createAttemptsRepository({ db, limits: attemptLimitsOf(current) })
  const now = new Date('2026-03-01T08:00:00Z')
  const tryAs = (value: string) => attempts.consume({ kind: 'name', value }, now)
  expect([await tryAs('anna'), await tryAs('anna')]).toEqual([0, 0])
  const changes = [
    { key: 'sign_in.tries_name', value: 2 },
    { key: 'sign_in.block_first', value: '2m' },
  ]
  expect((await world.send('admin', 'POST', '', { changes })).statusCode).toBe(200)
  await current.reload()
  expect([await tryAs('berta'), await tryAs('berta'), await tryAs('berta')]).toEqual([0, 0, 120_000])
  for (const { key } of changes) await world.send('admin', 'DELETE', `/${key}`)
  await current.reload()
  expect(await tryAs('berta')).toBe(0)
})
