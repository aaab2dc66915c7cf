import { afterAll, beforeAll, expect, test } from 'vitest'
import { patienceMs } from '../../../../../../tests/support/patience.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { endedByPlatform } from '../../instances/process-words.ts'
import { whyEndedBy } from './lost-run.ts'
import { openRunsWorld } from '../runs.test-world.ts'

let world: Awaited<ReturnType<typeof openRunsWorld>>
beforeAll(async () => {
  world = await openRunsWorld()
})
afterAll(() => world.close())

const runOn = async (serviceId: string, parameters: object) =>
  world.start('user', { service_id: serviceId, input_data: ['x'], parameters })

const inStream = { grow: 1 }
test.each([
  ['exits', 'exits-early', { die: 3 }, /^退出码 3，运行了 \d+\.\d 秒$/],
  ['exits in a stream', 'exits-late', { die: 3, ...inStream }, /^退出码 3，运行了 \d+\.\d 秒$/],
  ['is killed', 'killed-early', { die: 'SIGKILL' }, /^被信号 SIGKILL 终止.*，运行了/],
  ['is killed in a stream', 'killed-late', { die: 'SIGKILL', ...inStream }, /^被信号 SIGKILL 终止.*，运行了/],
])('a run whose process %s says so, and how it ended', async (_how, id, parameters, reason) => {
  await world.addService(id)
  const run = await runOn(id, parameters)
  const { status, error } = await world.ended(run)
  expect({ status, error }).toEqual({
    status: 'failed',
    error: {
      code: 'run.instance_ended',
      message: expect.stringMatching(/^服务 .* 的进程在运行期间结束了：/),
      details: { service_id: id, reason: expect.stringMatching(reason) },
    },
  })
})

test('a run whose service is stopped says that the platform did so', async () => {
  await world.addService('stopped')
  const run = await runOn('stopped', { hold: true })
  const isRunning = () => world.running.executor.runsOn('stopped-r2-1') === 1
  expect(await waitFor(isRunning, { timeoutMs: patienceMs })).toBe(true)
  await world.runner.stop('stopped-r2-1')
  expect((await world.ended(run)).error).toMatchObject({
    code: 'run.instance_ended',
    details: { reason: '它被停止、重启或替换了' },
  })
})

test('if no report comes in time, the runner is asked; it then says how the process ended, or that it lives', async () => {
  await world.addService('unreported')
  const [instance] = world.running.monitor.ofService('unreported')
  const report = instance?.report
  if (!report) throw new Error('the runner has reported nothing')
  const process = { instanceId: report.id, generation: report.generation }
  const silent = { get: () => instance, askRunner: (id: string) => world.running.monitor.askRunner(id) }
  const why = () => whyEndedBy(silent, process, 50)(new AbortController().signal)
  expect(await why()).toBe(null)
  await world.runner.stop(report.id)
  expect(await why()).toEqual(endedByPlatform)
})
