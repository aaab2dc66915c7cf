import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { instancePort } from '../support/instance-port.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import type { TestPlatform } from '../support/platform.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { ownSettingsFolder, planSample, planSampleAsWritten, planSampleByCommand } from './plan-sample.ts'

/** Packages of the standard layout, as they were written for another machine. */
export function planSampleCases(world: InWorld): void {
  let platform: TestPlatform
  let admin: ApiClient

  beforeAll(() => {
    ;({ platform, admin } = world())
  })

  const ask = async (id: string, path: string) =>
    (await admin.request('GET', `//ai/${id}${path}`)).json() as Promise<unknown>

  test.each<[string, PackageFiles]>([
    ['service-1', planSample],
    ['service-2', planSampleAsWritten],
    ['service-3', planSampleByCommand],
  ])(
    'a package of the standard layout with the folder and the port of another machine is deployed and answers: %s',
    async (id, files) => {
      expect(await admin.inspect(files)).toMatchObject({ recognised: 'asgi-app', problems: [] })
      expect(await admin.publish(id, files)).toMatchObject({
        status: 'RUNNING',
        health: 'READY',
        reason: null,
      })
      expect(await ask(id, '/health')).toMatchObject({ status: 'healthy' })
      expect(await ask(id, '/info')).toMatchObject({ log_level: 'INFO' })
      const answer = await admin.predict(id, ['昨晚的比赛', '今天下雨'])
      expect(await answer.json()).toMatchObject({ predictions: ['体育', '其他'] })
    },
    120_000,
  )

  test('the shared table of ports gives a service the port to listen on, and gives other services its front port', async () => {
    const { front_port: frontPort } = await admin.publish('service-4', planSample)
    await admin.publish('service-1', planSample)
    const { ports } = z
      .object({ ports: z.record(z.string(), z.number()) })
      .parse(await ask('service-1', '/info'))
    expect(ports['service-4']).toBe(frontPort)
    const { instances } = await admin.service('service-1')
    expect(ports['service-1']).toBe(instancePort(instances[0]))
  }, 120_000)

  test('each change in the running copy is shown with its line, and the uploaded code stays unchanged', async () => {
    const script = String(planSample['start.sh'])
    const { version } = await admin.upload(planSample, { algorithm_id: 'service-1' })
    expect(version.manifest.entry).toBe('main.py:app')
    const stored = await admin.request('GET', '/algorithms/service-1/files?path=start.sh&raw=1')
    expect(await stored.text()).toBe(script)
    const { release } = await admin.service('service-1')
    const folder = join(platform.dataFolder, 'services', 'service-1', 'releases', String(release))
    expect(await readFile(join(folder, 'start.sh'), 'utf8')).toBe(
      script.replace('cd /opt/ai-services/service-1', 'cd "$(dirname "$0")"'),
    )
  })

  test('the author’s own settings folder keeps its meaning next to the shared one', async () => {
    await admin.publish('own-settings', ownSettingsFolder)
    const answer = await admin.predict('own-settings', [5, 50])
    expect(await answer.json()).toMatchObject({
      predictions: [{ outputs: [{ data: { value: 15 } }] }, { outputs: [{ data: { value: 100 } }] }],
    })
  }, 120_000)
}
