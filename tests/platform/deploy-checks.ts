import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { z } from 'zod'
import { portRow, type Task } from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import { processesOf } from '../support/platform-processes.ts'
import type { TestPlatform } from '../support/platform.ts'

/** Returns the step at which a deploy ended, or undefined when it succeeded. */
export const failedStep = (task: Task) =>
  task.steps.find(({ state }) => state === 'failed' || state === 'cancelled')

/** Waits until a task carries out the named step, at most 60 s. */
export async function untilStepRuns(admin: ApiClient, taskId: string, step: string): Promise<void> {
  const runs = async () =>
    (await admin.task(taskId)).steps.some(({ name, state }) => name === step && state === 'running')
  if (!(await waitFor(runs, { timeoutMs: 60_000, everyMs: 20 }))) throw new Error(`${step} never ran`)
}

/** Checks that a service that never served has no processes, ports or files left. */
export async function expectNothingLeft(platform: TestPlatform, admin: ApiClient, id: string): Promise<void> {
  const folder = join(platform.dataFolder, 'services', id)
  const processes = await processesOf(folder)
  expect(processes.map(({ command }) => command)).toEqual([])
  const { items } = await admin.get('/ports', z.object({ items: z.array(portRow) }))
  expect(items.filter(({ owner }) => owner?.service_id === id)).toEqual([])
  expect((await admin.service(id)).instances).toEqual([])
  expect(await readdir(join(folder, 'releases'))).toEqual([])
}
