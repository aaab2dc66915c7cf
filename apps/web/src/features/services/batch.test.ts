import type { BatchAction, Json } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import { batchParts, batchSoFar, batchTitleKey, undoOf } from './batch.ts'
import { serviceFixture as service } from './service.fixture.ts'

const stopped = { status: 'STOPPED', desired: 'stopped' } as const

describe('a batch', () => {
  const chosen = [
    service({ id: 'runs' }),
    service({ id: 'stopped', ...stopped }),
    service({ id: 'asleep', status: 'STOPPED', asleep: true }),
    service({ id: 'never-served', ...stopped, release: null }),
    service({ id: 'theirs', may_operate: false, may_own: false }),
  ]
  const shape = (action: Parameters<typeof batchParts>[0]) => {
    const { services, needless, notAllowed } = batchParts(action, chosen)
    return [services.map(({ id }) => id), needless, notAllowed]
  }

  test('starts services that are stopped or asleep, and not those that run', () => {
    expect(shape('start')).toEqual([['stopped', 'asleep'], 2, 1])
  })

  test('stops services that should run, and restarts those that run', () => {
    expect(shape('stop')).toEqual([['runs', 'asleep'], 2, 1])
    expect(shape('restart')).toEqual([['runs'], 3, 1])
  })

  test('deploys every service that is not being deployed, but not those of others', () => {
    expect(shape('deploy')).toEqual([['runs', 'stopped', 'asleep', 'never-served'], 0, 1])
    expect(batchParts('deploy', [service({ deploying: 'task' })]).services).toEqual([])
  })

  test('says what it is doing only until its end', () => {
    const batch = { action: 'stop', total: 3 } as const
    expect(batchTitleKey({ state: 'running', batch })).toBe('batch.doing.stop')
    expect(batchTitleKey({ state: 'succeeded', batch })).toBe('batch.over.stop')
    expect(batchTitleKey({ state: 'failed', batch })).toBe('batch.over.stop')
    expect(batchTitleKey(undefined)).toBe('batch.title')
  })

  test('is taken back by the opposite action on the services that it changed', () => {
    const result: Json = [
      { service_id: 'a', ok: true, changed: true },
      { service_id: 'was-so-before', ok: true, changed: false },
      { service_id: 'b', ok: false, error: { code: 'service.not_found', message: '没有服务 b' } },
    ]
    const undo = (action: BatchAction) => undoOf({ batch: { action, total: 2 }, result })
    expect(undo('stop')).toEqual({ action: 'start', serviceIds: ['a'] })
    expect(undo('start')).toEqual({ action: 'stop', serviceIds: ['a'] })
    expect([undo('restart'), undo('deploy')]).toEqual([null, null])
    expect(undoOf({ batch: { action: 'stop', total: 2 }, result: null })).toBeNull()
  })

  test('reports what is done and what failed, with the reason, while it runs', () => {
    const result: Json = [
      { service_id: 'a', ok: true },
      { service_id: 'b', ok: false, error: { code: 'service.not_found', message: '没有服务 b' } },
    ]
    expect(batchSoFar({ result })).toEqual({ done: 2, failures: [{ serviceId: 'b', reason: '没有服务 b' }] })
    expect(batchSoFar({ result: null })).toEqual({ done: 0, failures: [] })
  })
})
