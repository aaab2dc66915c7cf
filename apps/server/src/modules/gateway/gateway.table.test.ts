import { plainEdge } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { wordsOf } from '../../lib/words.ts'
import type { LiveInstance } from '../instances/instance-monitor.ts'
import { liveInstance } from '../instances/live-instance.test-setup.ts'
import type { StoredService } from '../services/services.repository.ts'
import { storedService } from '../services/stored-service.test-setup.ts'
import { gatewayTable } from './gateway.table.ts'

const service = (part: Partial<StoredService> = {}) =>
  storedService({ currentRelease: 2, frontPort: 8001, ...part })
const instance = (part: Partial<LiveInstance> = {}) =>
  liveInstance({ id: 'demo-r2-1', release: 2, endpoint: { host: '127.0.0.1', port: 18_001 }, ...part })
const routesOf = (row: StoredService, instances: LiveInstance[]) =>
  gatewayTable({
    public: { host: '127.0.0.1', port: 8000 },
    edge: plainEdge,
    control: null,
    wake: null,
    jwt: { issuer: 'vitrine', public_key: {} },
    services: [row],
    instancesOf: (id) => instances.filter(({ serviceId }) => serviceId === id),
  }).routes
const routeOf = (row: StoredService, instances: LiveInstance[]) => routesOf(row, instances)[0]

test('the route of a serving service has its path, its front port, its limits in bytes and milliseconds, and its instance', () => {
  expect(routesOf(service(), [instance()])).toEqual([
    {
      service_id: 'demo',
      release: 2,
      path: '/ai/demo/',
      front: { host: '127.0.0.1', port: 8001 },
      state: 'up',
      upstreams: [{ host: '127.0.0.1', port: 18_001, instance_id: 'demo-r2-1' }],
      auth: 'required',
      rate_limit: null,
      body_bytes: 256 * 1024 * 1024,
      timeout_ms: 60_000,
    },
  ])
})

test('an instance with a port is listed with the sockets that are its own; one on a unix socket needs none', () => {
  const address = { host: '127.0.0.1', port: 18_001, listeners: ['4711', '4712'] }
  for (const endpoint of [address, { socket: '/run/demo.sock' }])
    expect(routeOf(service(), [instance({ endpoint })])?.upstreams).toEqual([
      { ...endpoint, instance_id: 'demo-r2-1' },
    ])
})

test('only instances of the current release get requests', () => {
  const others = [instance({ id: 'demo-r1-1', release: 1 }), instance({ id: 'demo-r3-1', release: 3 })]
  const upstreams = routeOf(service(), [...others, instance()])?.upstreams
  expect(upstreams?.map((upstream) => upstream.instance_id)).toEqual(['demo-r2-1'])
})

test('an instance that is stopping, not ready or crashed gets no requests, and its service is starting', () => {
  const parts: Partial<LiveInstance>[] = [
    { state: 'STOPPING' },
    { health: 'STARTING' },
    { state: 'BACKOFF', health: 'UNKNOWN' },
  ]
  for (const part of parts)
    expect(routeOf(service(), [instance(part)])).toMatchObject({ state: 'starting', upstreams: [] })
})

test('a service whose every instance was given up has failed, unless it sleeps or was stopped', () => {
  const dead = instance({ id: 'demo-r2-2', state: 'FATAL', health: 'UNKNOWN' })
  const badSetup = instance({ health: 'SETUP_FAILED' })
  expect(routeOf(service(), [dead, badSetup])).toMatchObject({ state: 'failed', upstreams: [] })
  expect(routeOf(service({ asleep: true }), [dead])?.state).toBe('asleep')
  expect(routeOf(service({ desired: 'stopped' }), [dead])?.state).toBe('stopped')
})

test('a service of which one instance serves is up, and one that is still tried is starting, whatever became of the others', () => {
  const dead = instance({ id: 'demo-r2-2', state: 'FATAL', health: 'UNKNOWN' })
  expect(routeOf(service(), [dead, instance()])).toMatchObject({
    state: 'up',
    upstreams: [{ instance_id: 'demo-r2-1' }],
  })
  const tried: Partial<LiveInstance>[] = [
    { state: 'BACKOFF', health: 'UNKNOWN' },
    { state: 'STARTING', health: 'UNKNOWN' },
    { health: 'STARTING' },
    // The platform restarts this one.
    { health: 'DEFUNCT' },
    { onTrial: true },
    // It installs again what this one needs.
    {
      state: 'FATAL',
      health: 'UNKNOWN',
      reason: { code: 'not_installed', words: wordsOf('no network'), lines: [] },
    },
  ]
  for (const part of tried) expect(routeOf(service(), [dead, instance(part)])?.state).toBe('starting')
  // Its instances are being made.
  expect(routeOf(service(), [])?.state).toBe('starting')
})

test('a stopped service keeps its addresses and gets no requests, even while its process still exists', () => {
  expect(routeOf(service({ desired: 'stopped' }), [instance()])).toMatchObject({
    state: 'stopped',
    front: { port: 8001 },
    upstreams: [],
  })
})

test('the route of a sleeping service has the address where it will listen, and works as soon as it does', () => {
  const stopped = instance({ state: 'STOPPED', health: 'UNKNOWN' })
  const others = instance({ id: 'demo-r1-1', release: 1 })
  expect(routeOf(service({ asleep: true }), [stopped, others])).toMatchObject({
    state: 'asleep',
    upstreams: [{ port: 18_001, instance_id: 'demo-r2-1' }],
  })
  expect(routeOf(service({ asleep: true }), [instance()])?.state).toBe('up')
  expect(routeOf(service({ asleep: true, desired: 'stopped' }), [stopped])?.state).toBe('stopped')
})

test('the route of a service that has never served says so, and its front port stays closed', () => {
  for (const desired of ['running', 'stopped'] as const)
    expect(routeOf(service({ currentRelease: null, desired }), [instance()])).toMatchObject({
      state: 'undeployed',
      release: null,
      front: null,
      upstreams: [],
    })
})

test('a service without a front port is reached only by its path', () => {
  expect(routeOf(service({ frontPort: null }), [instance()])?.front).toBeNull()
})
