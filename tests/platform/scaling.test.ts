import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorBody, pageOf, serviceEvent, type Service } from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { describeGateways } from '../support/gateways.ts'
import { patienceMs } from '../support/patience.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { requestLoop } from '../support/request-loop.ts'

const longTest = 240_000
const rule = { min: 1, max: 3, concurrency: 2, cool_down_seconds: 10 }

/** Computes for a while, one request at a time. */
const slow: PackageFiles = {
  'ai_algorithm.py': [
    'import time',
    'class Algorithm:',
    '    def predict(self, input_data):',
    '        time.sleep(0.3)',
    '        return ["done"]',
    '',
  ].join('\n'),
}

describeGateways('the number of instances by a rule', (gateway) => {
  let platform: TestPlatform
  let admin: ApiClient
  beforeAll(async () => {
    platform = await startPlatform({ environment: { VITRINE_GATEWAY: gateway } })
    admin = await platform.admin()
    await admin.publish('busy', slow)
  }, 180_000)
  afterAll(() => platform?.dispose(), 180_000)

  const until = async (is: (service: Service) => boolean) => {
    const isReached = async () => is(await admin.service('busy'))
    const reached = await waitFor(isReached, { timeoutMs: 90_000, everyMs: 100, slowingToMs: 500 })
    if (!reached) throw new Error(`it stays so: ${JSON.stringify(await admin.service('busy'))}`)
  }
  /** Waits until the history of the service has a reason of this form. */
  const told = async (form: RegExp) => {
    const history = () => admin.get('/services/busy/history?page_size=100', pageOf(serviceEvent))
    const reasons = async () => (await history()).items.flatMap(({ reason }) => reason ?? [])
    const isTold = async () => (await reasons()).some((reason) => form.test(reason))
    if (!(await waitFor(isTold, { timeoutMs: patienceMs, slowingToMs: 250 })))
      throw new Error(`the history has only: ${(await reasons()).join('\n')}`)
  }
  const hasServing = (count: number) => (service: Service) =>
    service.replicas === count &&
    service.instances.length === count &&
    service.instances.every(({ state, health }) => state === 'RUNNING' && ['READY', 'BUSY'].includes(health))

  test(
    'follows the load, also after a kill of the control plane, loses no request, and says why it changed',
    async () => {
      const isGood = (body: string) => body.includes('done')
      const one = requestLoop(() => admin.predict('busy', ['x']), isGood, 1)
      const more = requestLoop(() => admin.predict('busy', ['x']), isGood, 5)
      await admin.change('busy', { scaling: rule })
      await until(hasServing(3))
      // What happens less than a second before a kill may not be written yet.
      await told(/^按规则从 \d 个实例调整为 3 个：平均有 [\d.]+ 个请求正在处理，规则为每个实例 2 个$/)
      await platform.end('SIGKILL')
      await platform.start()
      await one.answered(2)
      expect(hasServing(3)(await admin.service('busy'))).toBe(true)
      expect((await more.stop()).failures).toEqual([])
      await until(hasServing(1))
      await one.answered(5)
      expect((await one.stop()).failures).toEqual([])
      await told(/^按规则从 \d 个实例调整为 1 个：10 秒内平均最多 [\d.]+ 个请求正在处理/)
    },
    longTest,
  )

  test('a number beside the rule and a rule without sense are refused with the field', async () => {
    await admin.change('busy', { scaling: rule })
    const refused = async (json: unknown) => {
      const response = await admin.request('PATCH', '/services/busy', { json })
      const { error } = errorBody.parse(await response.json())
      return { status: response.status, code: error.code, details: error.details }
    }
    expect(await refused({ replicas: 2 })).toMatchObject({
      status: 409,
      code: 'service.scaled_by_rule',
      details: { field: 'replicas', min: 1, max: 3 },
    })
    for (const [path, scaling] of [
      ['scaling.max', { ...rule, min: 3, max: 2 }],
      ['scaling.min', { ...rule, min: 0 }],
      ['scaling.concurrency', { ...rule, concurrency: 0.5 }],
      ['scaling.cool_down_seconds', { ...rule, cool_down_seconds: 1 }],
      ['scaling.most', { ...rule, most: 2 }],
    ] as const)
      expect(await refused({ scaling })).toMatchObject({ status: 422, details: { issues: [{ path }] } })
    expect((await admin.service('busy')).scaling).toEqual(rule)
  })
})
