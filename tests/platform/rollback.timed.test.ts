import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { slowStart, whoAmI } from './packages.ts'

const longTest = 240_000
let platform: TestPlatform
let admin: ApiClient

beforeAll(async () => {
  platform = await startPlatform({ database: 'own' })
  admin = await platform.admin()
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

test(
  'a rollback of a service with three instances takes less than three seconds in addition to their start',
  async () => {
    await admin.publish('back', slowStart(1))
    await admin.change('back', { replicas: 3 })
    await admin.publish('back', whoAmI())
    const took = (of: { started_at: string | null; finished_at: string | null }) =>
      Date.parse(of.finished_at ?? '') - Date.parse(of.started_at ?? '')
    const rollBack = async (to: number) => {
      const begun = z.object({ task_id: z.string() })
      const { task_id } = await admin.post('/services/back/rollback', begun, { release: to })
      const task = await admin.taskEnd(task_id)
      expect(task).toMatchObject({ state: 'succeeded' })
      return task
    }
    let least = Infinity
    // The machine may be busy, so the fastest of three counts.
    for (let round = 0; round < 3 && least >= 3_000; round++) {
      if (round > 0) await rollBack(2)
      const task = await rollBack(1)
      const starting = task.steps.find(({ name }) => name === 'verify')
      expect(starting && took(starting)).toBeGreaterThan(1_000)
      least = Math.min(least, took(task) - (starting ? took(starting) : 0))
    }
    expect(least).toBeLessThan(3_000)
    const { release, instances } = await admin.service('back')
    expect([release, ...instances.map((instance) => instance.release)]).toEqual([1, 1, 1, 1])
    expect(await (await admin.predict('back', ['x'])).text()).toContain('slow:x')
  },
  longTest,
)
