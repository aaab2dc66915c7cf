import { once } from 'node:events'
import { createServer } from 'node:http'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { testRoom } from '../../lib/byte-room.test-source.ts'
import { systemClock } from '../../lib/clock.ts'
import { RunExecutor } from './run-executor.ts'
import type { RunRecord } from './run-record.ts'

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

/** What an executor needs. It stores nothing, and tells `end` of the end of a run. */
const depsWith = (end: () => Promise<boolean>): ConstructorParameters<typeof RunExecutor>[0] => ({
  runs: { begin: async () => {}, setCall: async () => {}, end },
  readMedia: async () => Promise.reject(new Error('there are no media')),
  keepFiles: async ({ result }) => ({ result, unkept_files: [] }),
  room: testRoom(),
  uploads: '/nonexistent',
  clock: systemClock,
  logger: pino({ level: 'silent' }),
})

test('a run that a request begins while the control plane stops is left to the next one, and its place is free', async () => {
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

test('a run that a request has begun is known as such until those of the last control plane begin, also if it has ended', async () => {
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
