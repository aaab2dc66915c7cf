import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import {
  batchResult,
  pageOf,
  serviceGroup,
  task as taskSchema,
  taskAccepted,
  type BatchRequest,
} from '@vitrine/contract'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import type { TestPlatform } from '../support/platform.ts'
import { requestLoop } from '../support/request-loop.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { broken, echo, slowStart, waits } from './packages.ts'

const longTest = 240_000
const groups = z.object({ items: z.array(serviceGroup) })

/** What is done to many services at once. */
export function batchCases(world: InWorld): void {
  let platform: TestPlatform
  let admin: ApiClient
  let user: ApiClient
  const ours = ['batch-a', 'batch-b', 'batch-c']

  beforeAll(async () => {
    ;({ platform, admin } = world())
    user = await platform.person('someone', 'user')
    await Promise.all(ours.map((id) => admin.publish(id, echo())))
    await user.publish('batch-theirs', echo())
  }, 180_000)

  const begin = (who: ApiClient, request: BatchRequest) => who.post('/services/batch', taskAccepted, request)
  async function batch(who: ApiClient, request: BatchRequest) {
    const { task_id: id } = await begin(who, request)
    const task = await who.taskEnd(id)
    return { task, results: batchResult.parse(task.result) }
  }
  const statusOf = async (id: string) => (await admin.service(id)).status

  test(
    'each service of a selection has its own result, and a failure does not stop the others',
    async () => {
      await admin.operate('stop', 'batch-a')
      const selection = ['batch-a', 'batch-b', 'no-such-service']
      const { task_id: id } = await begin(admin, { action: 'restart', service_ids: selection })
      expect((await admin.task(id)).batch).toEqual({ action: 'restart', total: 3 })
      const task = await admin.taskEnd(id)
      const results = batchResult.parse(task.result)
      expect(task.batch).toEqual({ action: 'restart', total: 3 })
      expect(task.state).toBe('succeeded')
      expect(new Map(results.map((result) => [result.service_id, result]))).toEqual(
        new Map([
          ['batch-a', { service_id: 'batch-a', ok: true }],
          ['batch-b', { service_id: 'batch-b', ok: true }],
          [
            'no-such-service',
            {
              service_id: 'no-such-service',
              ok: false,
              error: { code: 'service.not_found', message: '没有这个服务' },
            },
          ],
        ]),
      )
      expect(task.steps[0]?.message).toBe('3/3，1 个失败')
      expect(await statusOf('batch-a')).toBe('RUNNING')
    },
    longTest,
  )

  test(
    'an action on all services includes only a person’s own; named ones of others fail, and the rest are processed',
    async () => {
      const loop = requestLoop(
        () => admin.predict('batch-b', ['x']),
        (body) => body.includes('echo:x'),
      )
      const all = await batch(user, { action: 'restart', all: true })
      expect(all.results).toEqual([{ service_id: 'batch-theirs', ok: true }])
      const named = await batch(user, { action: 'stop', service_ids: ['batch-b'] })
      expect(named.results).toMatchObject([{ ok: false, error: { code: 'service.not_yours' } }])
      await loop.answered(5)
      expect((await loop.stop()).failures).toEqual([])
    },
    longTest,
  )

  test(
    'a group is created, coloured, ordered and emptied; stopping it leaves other services running, and starting it starts the stopped ones',
    async () => {
      const make = (name: string, colour: string) =>
        admin.post('/service-groups', serviceGroup, { name, colour })
      const vision = await make('视觉', 'teal')
      const speech = await make('语音', 'amber')
      await expect(make('视觉', 'red')).rejects.toMatchObject({ code: 'service_group.name_taken' })
      const order = { ids: [speech.id, vision.id] }
      const ordered = await admin.call('PUT', '/service-groups/order', groups, { json: order })
      expect(ordered.items.map(({ name, position }) => [name, position])).toEqual([
        ['语音', 0],
        ['视觉', 1],
      ])
      await expect(
        admin.call('PUT', '/service-groups/order', groups, { json: { ids: [speech.id, speech.id] } }),
      ).rejects.toMatchObject({ status: 422, code: 'service_group.order_incomplete' })
      for (const id of ['batch-a', 'batch-b'])
        await admin.call('PATCH', `/services/${id}`, z.unknown(), { json: { group_id: vision.id } })
      expect(
        await admin.get(`/services?group_id=${vision.id}`, z.object({ total: z.number() })),
      ).toMatchObject({ total: 2 })

      const stopped = await batch(admin, { action: 'stop', group_id: vision.id })
      expect(stopped.results.map(({ service_id, ok }) => [service_id, ok]).sort()).toEqual([
        ['batch-a', true],
        ['batch-b', true],
      ])
      expect(await Promise.all(ours.map(statusOf))).toEqual(['STOPPED', 'STOPPED', 'RUNNING'])
      // Only what a batch changed is taken back.
      const again = await batch(admin, { action: 'stop', service_ids: ['batch-a'] })
      expect([...stopped.results, ...again.results].map(({ changed }) => changed)).toEqual([
        true,
        true,
        false,
      ])
      await expect(begin(admin, { action: 'restart', group_id: vision.id })).rejects.toMatchObject({
        status: 409,
        code: 'batch.nothing_to_do',
      })
      await batch(admin, { action: 'start', group_id: vision.id })
      expect(await Promise.all(ours.map(statusOf))).toEqual(['RUNNING', 'RUNNING', 'RUNNING'])

      expect((await admin.request('DELETE', `/service-groups/${vision.id}`)).status).toBe(204)
      expect((await admin.service('batch-a')).group_id).toBeNull()
      expect((await admin.request('DELETE', `/service-groups/${vision.id}`)).status).toBe(404)
    },
    longTest,
  )

  test(
    'a batch that is cancelled deploys no further service',
    async () => {
      const releases = () => Promise.all(ours.map(async (id) => (await admin.service(id)).release))
      const before = await releases()
      // The first deploy ends only by the cancelling, so the next one has not begun before.
      await admin.upload(waits(join(platform.gates, 'no-such-gate')), { algorithm_id: 'batch-a' })
      const { task_id: id } = await begin(admin, { action: 'deploy', service_ids: ours, at_once: 1 })
      const deploys = async () => {
        const { items } = await admin.get('/tasks?page_size=50', pageOf(taskSchema))
        return items.filter((one) => one.kind === 'service.deploy' && ours.includes(one.service_id ?? ''))
      }
      const isUnderWay = async () => (await deploys()).some(({ state }) => state === 'running')
      expect(await waitFor(isUnderWay, { timeoutMs: 60_000, everyMs: 50 })).toBe(true)
      await admin.post(`/tasks/${id}/cancel`, z.unknown())
      expect((await admin.taskEnd(id)).state).toBe('cancelled')
      const unfinished = async () =>
        (await deploys()).filter(({ state }) => state === 'running' || state === 'queued')
      expect(
        await waitFor(async () => (await unfinished()).length === 0, { timeoutMs: 60_000, slowingToMs: 250 }),
      ).toBe(true)
      expect(await releases()).toEqual(before)
    },
    longTest,
  )

  test(
    'deploying many services makes a release of each, and reports the one with broken code, which keeps serving',
    async () => {
      await admin.upload(broken, { algorithm_id: 'batch-c' })
      const before = await admin.service('batch-b')
      const { results } = await batch(admin, { action: 'deploy', service_ids: ['batch-b', 'batch-c'] })
      expect(results.find(({ service_id: id }) => id === 'batch-b')).toMatchObject({ ok: true })
      expect(results.find(({ service_id: id }) => id === 'batch-c')).toMatchObject({ ok: false })
      expect((await admin.service('batch-b')).release).toBe((before.release ?? 0) + 1)
      expect((await admin.service('batch-c')).status).toBe('RUNNING')
    },
    longTest,
  )

  test(
    'a batch whose control plane is killed continues with what was not done',
    async () => {
      await admin.publish('batch-slow', slowStart(2))
      const service_ids = ['batch-a', 'batch-b', 'batch-slow']
      const { task_id: id } = await begin(admin, { action: 'restart', service_ids, at_once: 1 })
      const isUnderWay = async () => {
        const soFar = batchResult.safeParse((await admin.task(id)).result)
        return soFar.success && soFar.data.length >= 1
      }
      expect(await waitFor(isUnderWay, { timeoutMs: 60_000 })).toBe(true)
      const firstPid = (await admin.service('batch-a')).instances[0]?.pid
      await platform.end('SIGKILL')
      await platform.start()
      admin = await platform.admin()
      const task = await admin.taskEnd(id)
      expect(batchResult.parse(task.result).map(({ service_id, ok }) => [service_id, ok])).toEqual(
        service_ids.map((service) => [service, true]),
      )
      expect((await admin.service('batch-a')).instances[0]?.pid).toBe(firstPid)
    },
    longTest,
  )

  test('invalid requests are refused with the field', async () => {
    const refused = async (json: unknown) => (await admin.request('POST', '/services/batch', { json })).status
    expect(await refused({ action: 'explode', all: true })).toBe(422)
    expect(await refused({ action: 'stop', service_ids: [] })).toBe(422)
    expect(await refused({ action: 'stop', service_ids: ['../x'] })).toBe(422)
    expect(await refused({ action: 'stop', all: true, group_id: crypto.randomUUID() })).toBe(422)
    expect(await refused({ action: 'stop', all: true, at_once: 0 })).toBe(422)
    expect(await refused({ action: 'stop', group_id: crypto.randomUUID() })).toBe(404)
  })
}
