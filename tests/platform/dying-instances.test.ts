import { afterAll, beforeAll, expect, test } from 'vitest'
import { pageOf, run, serviceEvent, type Run, type ServiceEvent } from '@vitrine/contract'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { patienceMs } from '../support/patience.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { describeRunners } from '../support/runners.ts'

const startup = 240_000
const longTest = 180_000

/** Ends its process as the input says, at once or after a first result. */
const mortal = (isStream: boolean): PackageFiles => ({
  'algorithm.yaml': 'resources: { memory_mb: 200 }\n',
  'ai_algorithm.py': [
    'import os, signal, time',
    '',
    'class Algorithm:',
    '    def predict(self, input_data, **parameters):',
    ...(isStream ? ['        yield "a first result"'] : []),
    '        for how in input_data:',
    '            if how == "exit": os._exit(3)',
    '            if how == "kill": os.kill(os.getpid(), signal.SIGKILL)',
    '            if how == "memory":',
    '                held = b"x" * (400 * 1024 * 1024)',
    '                time.sleep(600)',
    isStream ? '        yield "all"' : '        return input_data',
    '',
  ].join('\n'),
})

describeRunners('an algorithm whose process ends in a call', (runner) => {
  let platform: TestPlatform
  let admin: ApiClient

  beforeAll(async () => {
    platform = await startPlatform({ runner })
    admin = await platform.admin()
    await admin.publish('at-once', mortal(false))
    await admin.publish('in-stream', mortal(true))
  }, startup)
  afterAll(() => platform?.dispose(), startup)

  async function failedRun(service_id: string, how: string): Promise<Run> {
    const asked = { service_id, input_data: [how] }
    const { run_id: id } = await admin.post('/runs', z.object({ run_id: z.string() }), asked)
    const ended = await waitFor(
      async () => {
        const now = await admin.get(`/runs/${id}`, run)
        return now.status === 'failed' && now
      },
      { timeoutMs: patienceMs, slowingToMs: 250 },
    )
    if (!ended)
      throw new Error(`the run did not fail: ${JSON.stringify(await admin.get(`/runs/${id}`, run))}`)
    return ended
  }
  const historyOf = async (id: string): Promise<ServiceEvent[]> =>
    (await admin.get(`/services/${id}/history?page_size=500`, pageOf(serviceEvent))).items
  const until = async (id: string, isSo: () => Promise<boolean>) => {
    if (await waitFor(isSo, { timeoutMs: patienceMs, slowingToMs: 250 })) return
    const [now, history] = [await admin.service(id), await historyOf(id)]
    const log = (await platform.log()).split('\n').slice(-100).join('\n')
    throw new Error(`${id} stays as it is: ${JSON.stringify({ now, history })}\n${log}`)
  }

  test.each([
    ['at-once', 'exit', '退出码 3'],
    ['at-once', 'kill', '被信号 SIGKILL 终止'],
    ['at-once', 'memory', '内存超过上限 200 MB，被终止'],
    ['in-stream', 'exit', '退出码 3'],
    ['in-stream', 'kill', '被信号 SIGKILL 终止'],
  ])(
    'the run on %s that ends by %s, the history and the instance say how it ended',
    async (id, how, words) => {
      await until(id, async () => (await admin.service(id)).health === 'READY')
      const before = await admin.service(id)
      const { error } = await failedRun(id, how)
      expect(error).toMatchObject({
        code: 'run.instance_ended',
        message: expect.stringContaining(words),
        details: { reason: expect.stringContaining(words) },
      })
      await until(id, async () => {
        const now = await admin.service(id)
        return now.health === 'READY' && now.restarts === before.restarts + 1
      })
      expect((await admin.service(id)).instances[0]?.last_end).toContain(words)
      const deathsOf = async () =>
        (await historyOf(id)).filter(
          ({ instance_id: instance, reason }) => instance && reason?.includes('运行了'),
        )
      await until(id, async () => (await deathsOf()).length === before.restarts + 1)
      expect((await deathsOf())[0]?.reason).toContain(words)
      await until(id, async () => (await historyOf(id))[0]?.health === 'READY')
    },
    longTest,
  )

  test(
    'a process that dies while no control plane runs is in the history when the next one is there',
    async () => {
      const id = 'at-once'
      const isWell = async () => (await admin.service(id)).health === 'READY'
      await until(id, isWell)
      // Until it is stored, the next control plane does not know that the process ran.
      await until(id, async () => (await historyOf(id))[0]?.health === 'READY')
      const [newest] = await historyOf(id)
      await platform.end('SIGKILL')
      expect((await admin.predict(id, ['kill'])).status).toBe(502)
      await platform.start()
      admin = await platform.admin()
      await until(id, isWell)
      const since = async () =>
        (await historyOf(id)).filter((event) => event.instance_id && Number(event.id) > Number(newest?.id))
      await until(id, async () => (await since())[0]?.health === 'READY')
      expect((await since()).at(-1)).toMatchObject({
        status: 'BACKOFF',
        reason: expect.stringMatching(/^(被信号 SIGKILL 终止|已结束，退出码未知)/),
      })
    },
    longTest,
  )
})
