import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { ApiClient } from '../support/api-client.ts'
import { processesOf } from '../support/platform-processes.ts'
import type { TestPlatform } from '../support/platform.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { expectNothingLeft, failedStep, untilStepRuns } from './deploy-checks.ts'
import { echo, slowStart, waits } from './packages.ts'

const longTest = 120_000

/** What becomes of deploys that somebody cancels. */
export function cancelledDeployCases(world: InWorld): void {
  let platform: TestPlatform
  let admin: ApiClient

  beforeAll(() => {
    ;({ platform, admin } = world())
  })

  test(
    'a deploy that is cancelled during its verification leaves nothing',
    async () => {
      await admin.upload(slowStart(600), { algorithm_id: 'cancelled' })
      const id = await admin.beginDeploy('cancelled')
      await untilStepRuns(admin, id, 'verify')
      await admin.post(`/tasks/${id}/cancel`, z.unknown())
      const task = await admin.taskEnd(id)
      expect(task).toMatchObject({ state: 'cancelled', error: { code: 'task.cancelled' } })
      expect(failedStep(task)).toMatchObject({ name: 'verify', state: 'cancelled' })
      await expectNothingLeft(platform, admin, 'cancelled')
    },
    longTest,
  )

  test(
    'a deploy that is cancelled while it is queued ends at once, and the one before it continues',
    async () => {
      const gate = join(platform.gates, 'queued')
      await admin.upload(waits(gate), { algorithm_id: 'queued' })
      const first = await admin.beginDeploy('queued')
      const second = await admin.beginDeploy('queued')
      await admin.post(`/tasks/${second}/cancel`, z.unknown())
      expect((await admin.taskEnd(second)).state).toBe('cancelled')
      await writeFile(gate, 'go')
      expect((await admin.taskEnd(first)).state).toBe('succeeded')
      expect(await admin.service('queued')).toMatchObject({ status: 'RUNNING', release: 1 })
    },
    longTest,
  )

  test(
    'a change of replicas that is cancelled while it is queued leaves the running deploy alone',
    async () => {
      await admin.publish('resized', echo())
      const gate = join(platform.gates, 'resized')
      await admin.upload(waits(gate), { algorithm_id: 'resized' })
      const deploy = await admin.beginDeploy('resized')
      await untilStepRuns(admin, deploy, 'verify')
      const begun = z.object({ task_id: z.string() })
      const { task_id: change } = await admin.call('PATCH', '/services/resized', begun, {
        json: { replicas: 2 },
      })
      await admin.post(`/tasks/${change}/cancel`, z.unknown())
      // What the change wished is set back once the deploy has ended.
      await writeFile(gate, 'go')
      expect((await admin.taskEnd(change)).state).toBe('cancelled')
      expect(await admin.taskEnd(deploy)).toMatchObject({ state: 'succeeded', error: null })
      expect(await admin.service('resized')).toMatchObject({ status: 'RUNNING', release: 2, replicas: 1 })
      // The tests of this platform share one range of front ports.
      await admin.deleteService('resized')
    },
    longTest,
  )

  test(
    'a delete cancels the running and the queued deploy instead of waiting for them',
    async () => {
      await admin.upload(slowStart(600), { algorithm_id: 'unwanted' })
      const deploys = [await admin.beginDeploy('unwanted'), await admin.beginDeploy('unwanted')]
      await untilStepRuns(admin, deploys[0] ?? '', 'verify')
      expect((await admin.deleteService('unwanted')).state).toBe('succeeded')
      const states = await Promise.all(deploys.map(async (id) => (await admin.task(id)).state))
      expect(states).toEqual(['cancelled', 'cancelled'])
      expect((await admin.request('GET', '/services/unwanted')).status).toBe(404)
      expect(await processesOf(join(platform.dataFolder, 'services', 'unwanted'))).toEqual([])
      expect(await readdir(join(platform.dataFolder, 'services'))).not.toContain('unwanted')
    },
    longTest,
  )
}
