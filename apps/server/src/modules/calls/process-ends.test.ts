import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { endpoints } from '@vitrine/contract'
import { createTestApp } from '../../../../../tests/support/test-app.ts'
import { createHistoryRepository } from '../service-status/history.repository.ts'
import type { HistoryEvent } from '../service-status/history.ts'
import type { RecordedCall } from './call-line.ts'
import { createCallsRepository } from './calls.repository.ts'
import { addCallRoutes } from './calls.routes.ts'
import { openCallsWorld } from './calls.test-world.ts'

let world: Awaited<ReturnType<typeof openCallsWorld>>
let app: Awaited<ReturnType<typeof createTestApp>>
let queries: number
beforeEach(async () => {
  world = await openCallsWorld()
  app = await createTestApp()
  const calls = createCallsRepository(world)
  queries = 0
  const counted = {
    ...calls,
    processEnds: (...asked: Parameters<typeof calls.processEnds>) => {
      queries++
      return calls.processEnds(...asked)
    },
  }
  addCallRoutes(app, { calls: counted, services: world.services, clock: () => new Date(0) })
})
afterEach(async () => {
  await app.close()
  await world.close()
})

const start = Date.parse('2026-03-01T08:00:00.000Z')
const seconds = (after: number) => new Date(start + after * 1_000)
/** A call that took two seconds, and was broken off at `start`. */
const brokenCall = (part: Partial<RecordedCall> = {}): RecordedCall => ({
  serviceId: 'echo',
  release: 1,
  instanceId: 'echo-r1-1',
  caller: null,
  method: 'POST',
  route: '/predict',
  status: 502,
  latencyMs: 2_000,
  bytesIn: 1,
  bytesOut: 2,
  requestId: randomUUID(),
  error: 'gateway.upstream_broken',
  kept: null,
  time: seconds(0),
  ...part,
})
const keep = async (...calls: RecordedCall[]) =>
  world.recordings.record({ file: 'a', from: 0, to: 1, calls, replicaOf: () => 1 })

const overMemory = { zh: '内存超过上限 512 MB，被终止', en: 'killed because it used more memory than 512 MB' }
const atExit = { zh: '退出码 3', en: 'exit 3' }
const record = (...events: Partial<HistoryEvent>[]) =>
  createHistoryRepository(world).insert(
    events.map((part) => ({
      at: seconds(0.2),
      serviceId: 'echo',
      instanceId: 'echo-r1-1',
      release: 1,
      status: 'BACKOFF' as const,
      health: 'UNKNOWN' as const,
      reason: overMemory,
      ...part,
    })),
  )

async function ends(language = 'en'): Promise<(string | null)[]> {
  const headers = { 'x-test-role': 'user', 'accept-language': language }
  const answer = await app.inject({ url: '/api/v1/calls', headers })
  return endpoints['GET /calls'].response
    .parse(answer.json())
    .items.map(({ process_end: processEnd }) => processEnd)
}

test('a call whose instance died under it says how the process ended, in the language of the reader', async () => {
  await keep(brokenCall())
  await record({})
  expect(await ends()).toEqual([overMemory.en])
  expect(await ends('zh')).toEqual([overMemory.zh])
})

test('the file of calls says it too', async () => {
  await keep(brokenCall())
  await record({})
  const headers = { 'x-test-role': 'user', 'accept-language': 'en' }
  const { body } = await app.inject({ url: '/api/v1/calls/file', headers })
  const [columns, line] = body.trimEnd().split('\r\n')
  expect(columns).toMatch(/,error,process_end$/)
  expect(line).toMatch(new RegExp(`,gateway.upstream_broken,${overMemory.en}$`))
})

test('a call that was broken off because the platform ended the process says so', async () => {
  await keep(brokenCall())
  await record({ status: 'STOPPING', reason: null, at: seconds(-1) })
  expect(await ends()).toEqual(['it was stopped, restarted or replaced'])
})

test('of several ends, the nearest to the end of the call is its reason', async () => {
  await keep(brokenCall())
  await record(
    { status: 'STOPPING', reason: null, at: seconds(-1.9) },
    { at: seconds(0.1) },
    { at: seconds(3), reason: atExit },
  )
  expect(await ends()).toEqual([overMemory.en])
})

test.each<[string, Partial<HistoryEvent>]>([
  ['of another instance', { instanceId: 'echo-r1-2' }],
  ['of the service as a whole', { instanceId: null }],
  ['of another service', { serviceId: 'other' }],
  ['from before the call', { at: seconds(-2.5) }],
  ['long after the call', { at: seconds(60) }],
  ['that is no end', { status: 'RUNNING', health: 'UNHEALTHY' }],
])('an entry of the history %s is not its reason', async (_which, part) => {
  await keep(brokenCall())
  await record(part)
  expect(await ends()).toEqual([null])
})

test('no other call has such a reason, and a page of many asks once', async () => {
  await keep(
    brokenCall({ error: null, status: 200 }),
    brokenCall({ error: 'gateway.timeout', status: 504 }),
    brokenCall({ instanceId: null }),
    ...Array.from({ length: 20 }, () => brokenCall()),
  )
  await record({})
  const found = await ends()
  expect([found.filter((end) => end === null).length, found.length]).toEqual([3, 23])
  expect(queries).toBe(1)
})
