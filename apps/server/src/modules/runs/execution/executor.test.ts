import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApiOperation } from '@vitrine/contract'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { patienceMs } from '../../../../../../tests/support/patience.ts'
import { testMemory } from '../../../lib/memory-budget.test-source.ts'
import { systemClock } from '../../../lib/clock.ts'
import { RunExecutor } from './executor.ts'
import type { RunRecord } from '../run-record.ts'

const run: RunRecord = {
  id: '1',
  service_id: 'demo',
  release: 1,
  commit: null,
  status: 'queued',
  progress: null,
  progress_message: null,
  input_data: ['a'],
  parameters: {},
  result: null,
  error: null,
  unkept_files: [],
  logs: '',
  created_by: 'somebody',
  created_at: '2026-01-01T00:00:00.000Z',
  started_at: null,
  finished_at: null,
}

/** A promise, and the function that resolves it. */
function moment() {
  let come = () => {}
  const came = new Promise<void>((resolve) => (come = resolve))
  return { came, come: () => come() }
}

/** What an executor needs. It stores nothing and calls `end` at the end of a run. */
const depsWith = (end: () => Promise<boolean>): ConstructorParameters<typeof RunExecutor>[0] => ({
  runs: { begin: async () => {}, setCall: async () => {}, end },
  readMedia: async () => Promise.reject(new Error('there are no media')),
  keepFiles: async ({ result }) => ({ result, unkept_files: [] }),
  memory: testMemory(),
  uploads: '/nonexistent',
  maskOf: async () => (text) => text,
  clock: systemClock,
  logger: pino({ level: 'silent' }),
})

test('a run that a request begins while the control plane stops is left to the next control plane, and its place is free', async () => {
  const ends: string[] = []
  const executor = new RunExecutor(depsWith(async () => ends.push('stored') > 0))
  await executor.close()
  executor.start(run, {
    findInstance: () => Promise.reject(new Error('no instance any more')),
    person: 'somebody',
    giveBack: () => void ends.push('left'),
  })
  await executor.settled(run.id)
  expect([ends, executor.current(run.id)]).toEqual([['left'], null])
})

test('a run that a request has begun is known as such until the runs of the last control plane begin, even if it has ended', async () => {
  const executor = new RunExecutor(depsWith(async () => true))
  executor.start(run, {
    findInstance: () => Promise.reject(new Error('no instance')),
    person: 'somebody',
    giveBack: () => {},
  })
  await executor.settled(run.id)
  expect([executor.current(run.id), executor.hasBegun(run.id)]).toEqual([null, true])
  executor.open()
  expect(executor.hasBegun(run.id)).toBe(false)
})

test('a run is seen as ended once its end is stored, and then its place is free, even if its instance never ends the stream', async () => {
  const instance = createServer((request, response) => {
    if (request.method === 'DELETE') return void response.writeHead(204).end()
    const completed = JSON.stringify({ status: 'succeeded', predictions: [] })
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`event: completed\ndata: ${completed}\n\n`)
  })
  await once(instance.listen(0, '127.0.0.1'), 'listening')
  const address = instance.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const [storing, stored] = [moment(), moment()]
  const executor = new RunExecutor(
    depsWith(async () => {
      storing.come()
      await stored.came
      return true
    }),
  )
  let isPlaceFree = false
  const endpoint = { host: '127.0.0.1', port: address.port }
  try {
    executor.start(run, {
      person: 'somebody',
      findInstance: async () => ({ instanceId: 'demo-r1-1', endpoint, generation: null, giveBack: () => {} }),
      giveBack: () => (isPlaceFree = true),
    })
    await storing.came
    expect([executor.current(run.id)?.status, isPlaceFree]).toEqual(['running', false])
    stored.come()
    await executor.settled(run.id)
    expect([executor.current(run.id), isPlaceFree]).toEqual([null, true])
  } finally {
    instance.closeAllConnections()
    instance.close()
  }
})

test('a run is seen as ended only when its place is free, also if files were made from answers and must be closed', async () => {
  const instance = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'image/png' }).end('a picture')
  })
  await once(instance.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void instance.close())
  const address = instance.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const uploads = await mkdtemp(join(tmpdir(), 'run-answers-'))
  onTestFinished(() => rm(uploads, { recursive: true }))
  const executor = new RunExecutor({ ...depsWith(async () => true), uploads })
  const operation: ApiOperation = {
    method: 'POST',
    path: '/draw',
    body: 'json',
    fields: [{ name: 'text', place: 'body', send: 'value', value: { from: 'input', kind: 'text' } }],
    answer: { kind: 'image', path: [] },
  }
  const endpoint = { host: '127.0.0.1', port: address.port }
  const isPlaceFree = vi.fn<() => void>()
  executor.start(run, {
    person: 'somebody',
    findInstance: async () => ({
      instanceId: 'demo-r1-1',
      endpoint,
      generation: null,
      operation,
      giveBack: () => {},
    }),
    giveBack: isPlaceFree,
  })
  const seen: unknown[] = []
  executor.follow(run.id, ({ event }) => {
    const look = () => seen.push([executor.current(run.id), isPlaceFree.mock.calls.length])
    if (event === 'completed') setImmediate(look)
  })
  await executor.settled(run.id)
  await expect.poll(() => seen).toEqual([[null, 1]])
})

test('a run is queued as long as it waits in the queue of its instance, and running once the instance says so', async () => {
  let opened = (_stream: ServerResponse) => {}
  const called = new Promise<ServerResponse>((resolve) => (opened = resolve))
  const instance = createServer((request, response) => {
    if (request.method === 'DELETE') return void response.writeHead(204).end()
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'prediction-id': request.headers['prediction-id'],
    })
    response.flushHeaders()
    opened(response)
  })
  await once(instance.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    instance.closeAllConnections()
    instance.close()
  })
  const address = instance.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const deps = depsWith(async () => true)
  const stored: (string | null)[][] = []
  const setCall = async ({ status, started_at }: RunRecord) =>
    void stored.push([status, started_at && 'started'])
  const executor = new RunExecutor({ ...deps, runs: { ...deps.runs, setCall } })
  const endpoint = { host: '127.0.0.1', port: address.port }
  executor.start(run, {
    person: 'somebody',
    findInstance: async () => ({ instanceId: 'demo-r1-1', endpoint, generation: null, giveBack: () => {} }),
    giveBack: () => {},
  })
  const told: string[] = []
  executor.follow(run.id, ({ event, data }) => {
    told.push(event === 'status' ? data.status : event)
  })
  const stream = await called
  await expect.poll(() => told.at(-1), { timeout: patienceMs }).toBe('queued')
  expect(executor.current(run.id)).toMatchObject({ status: 'queued', started_at: null })
  expect(stored).toEqual([['queued', null]])
  stream.write('event: start\ndata: {"id":"x","batch_id":null}\n\n')
  await expect.poll(() => stored.at(-1), { timeout: patienceMs }).toEqual(['running', 'started'])
  expect(executor.current(run.id)?.status).toBe('running')
  stream.end(`event: completed\ndata: ${JSON.stringify({ status: 'succeeded', predictions: [] })}\n\n`)
  await executor.settled(run.id)
  expect(told.slice(-3)).toEqual(['start', 'completed', 'succeeded'])
})

test('a run whose end cannot be stored is running until it can, keeps its place, and is then seen as ended', async () => {
  let refusals = 2
  const refused: string[] = []
  const executor = new RunExecutor({
    ...depsWith(async () => {
      if (refusals === 0) return true
      refusals -= 1
      refused.push(executor.current(run.id)?.status ?? 'gone')
      throw new Error('the disk is full')
    }),
    storePauseMs: 1,
  })
  const places: string[] = []
  const ends: string[] = []
  executor.start(run, {
    findInstance: () => Promise.reject(new Error('no instance')),
    person: 'somebody',
    giveBack: () => void places.push(refusals === 0 ? 'after it was stored' : 'before'),
  })
  executor.follow(run.id, ({ event, data }, ended) => {
    if (ended && event === 'status') ends.push(data.status)
  })
  await executor.settled(run.id)
  expect([refused, places, ends]).toEqual([['queued', 'queued'], ['after it was stored'], ['failed']])
})

test('a control plane stops also while the end of a cancelled run cannot be stored, and leaves it to the next one', async () => {
  const refused = moment()
  const executor = new RunExecutor({
    ...depsWith(() => {
      refused.come()
      return Promise.reject(new Error('the disk is full'))
    }),
    storePauseMs: 3_600_000,
  })
  const ends: boolean[] = []
  executor.start(run, {
    findInstance: () => Promise.reject(new Error('no instance')),
    person: 'somebody',
    giveBack: () => {},
  })
  executor.follow(run.id, (_event, ended) => void ends.push(ended))
  executor.cancel(run.id)
  await refused.came
  await executor.close()
  expect([executor.current(run.id), ends]).toEqual([null, [false]])
})
