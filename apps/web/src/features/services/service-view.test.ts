import type { Service } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import { countByGroup, sortServices, stateGroup, usage } from './service-view.ts'

const instance = (cpu: number | null, memoryBytes: number | null): Service['instances'][number] => ({
  id: 'i',
  port: 18001,
  pid: 1,
  state: 'RUNNING',
  health: 'READY',
  release: 1,
  started_at: null,
  restarts: 0,
  cpu,
  memory_bytes: memoryBytes,
})
const service = (change: Partial<Service>): Service => ({
  id: 'a',
  name: 'a',
  algorithm_id: 'a',
  status: 'RUNNING',
  health: 'READY',
  reason: null,
  desired: 'running',
  mode: 'local',
  path: '/ai/a/',
  url: 'http://127.0.0.1:8000/ai/a/',
  front_port: 8001,
  front_host: '127.0.0.1',
  auth: 'required',
  timeout_s: 60,
  release: 1,
  commit: null,
  replicas: 1,
  group_id: null,
  instances: [],
  owner: 'li',
  may_operate: true,
  deploying: null,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  ...change,
})
const namesOf = (services: Service[]) => services.map(({ name }) => name)

describe('the table of services', () => {
  test('puts a running service that does not answer under what needs a look', () => {
    expect(stateGroup({ status: 'RUNNING', health: 'READY' })).toBe('good')
    expect(stateGroup({ status: 'RUNNING', health: 'UNHEALTHY' })).toBe('attention')
    expect(stateGroup({ status: 'FATAL', health: 'UNKNOWN' })).toBe('attention')
    expect(stateGroup({ status: 'RUNNING', health: 'STARTING' })).toBe('busy')
    expect(stateGroup({ status: 'STOPPED', health: 'UNKNOWN' })).toBe('rest')
  })

  test('counts each service once', () => {
    const counts = countByGroup([service({}), service({ status: 'STOPPED' }), service({ status: 'BACKOFF' })])
    expect(counts).toEqual({ all: 3, good: 1, busy: 0, attention: 1, rest: 1 })
  })

  test('sorts names as the language does', () => {
    const services = [service({ name: '语音' }), service({ name: '车牌' }), service({ name: 'Zebra' })]
    expect(namesOf(sortServices(services, 'name', 'zh'))).toEqual(['车牌', '语音', 'Zebra'])
    expect(namesOf(sortServices(services, '-name', 'zh'))).toEqual(['Zebra', '语音', '车牌'])
  })

  test('sorts by what is used, with the unmeasured last in both directions', () => {
    const services = [
      service({ name: 'none' }),
      service({ name: 'much', instances: [instance(0.9, 9), instance(0.3, 1)] }),
      service({ name: 'little', instances: [instance(0.1, 5)] }),
    ]
    expect(namesOf(sortServices(services, 'cpu', 'en'))).toEqual(['little', 'much', 'none'])
    expect(namesOf(sortServices(services, '-memory', 'en'))).toEqual(['much', 'little', 'none'])
  })

  test('adds up the processes of a service, of those that are measured', () => {
    expect(usage(service({ instances: [instance(0.5, 100), instance(null, 50)] }))).toEqual({
      cpu: 0.5,
      memoryBytes: 150,
    })
  })
})
