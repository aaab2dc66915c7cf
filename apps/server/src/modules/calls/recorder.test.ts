import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { linesText, logLine, openCallsWorld } from './calls.test-world.ts'

let world: Awaited<ReturnType<typeof openCallsWorld>>
beforeEach(async () => {
  world = await openCallsWorld()
})
afterEach(() => world.close())

const many = (count: number) => Array.from({ length: count }, () => logLine())
const untilKept = (count: number) => world.allRecorded(count)
/** Calls are in the table a moment before the recorder passes them on. */
const heardCalls = (count: number) => expect.poll(() => world.heard).toHaveLength(count)
/** The number of rows, and the number of different requests in them. They are equal if no row is double. */
const keptOnce = async () => [await world.countOf('calls'), await world.countOf('requests')]

test('a request to a service becomes a row with the path after the service’s own prefix', async () => {
  const line = logLine({
    caller: 'key:abc',
    status: 502,
    error: 'gateway.upstream_broken',
    path: '/ai/echo/a/b',
  })
  await world.write(linesText(line))
  world.record()
  await untilKept(1)
  const { rows } = await world.db.execute(sql`select * from algorithm_calls`)
  expect(rows).toEqual([
    expect.objectContaining({
      service_id: 'echo',
      release: 1,
      instance_id: 'echo-r1-1',
      caller: 'key:abc',
      method: 'POST',
      route: '/a/b',
      status: 502,
      latency_ms: 12.5,
      request_id: line.request_id,
      error: 'gateway.upstream_broken',
    }),
  ])
  await heardCalls(1)
})

test('requests to the control plane and foreign lines become no rows and do not stop the recorder', async () => {
  const page = logLine({ service_id: null, path: '/services' })
  await world.write(`${linesText(page)}no JSON at all\n{"time":"yesterday"}\n\n${'x'.repeat(1_500_000)}\n`)
  await world.write(linesText(logLine({ path: '/a\0b', request_id: 'half \ud800 pair' }), logLine()))
  let unreadable = 0
  world.record({ onRecorded: (_calls, lines) => void (unreadable += lines) })
  await untilKept(2)
  expect(await keptOnce()).toEqual([2, 2])
  // As with calls, it is told a moment later.
  await expect.poll(() => unreadable).toBeGreaterThanOrEqual(3)
})

test('the next recorder records what was written while none was running, without duplicates', async () => {
  await world.write(linesText(...many(3)))
  const first = world.record()
  await untilKept(3)
  await first.close()
  await world.write(linesText(...many(4)))
  world.record()
  await untilKept(7)
  expect(await keptOnce()).toEqual([7, 7])
})

test('rotated files are read to their end, the oldest first, however often the log was renamed', async () => {
  await world.write(linesText(...many(2)))
  const first = world.record()
  await untilKept(2)
  await first.close()
  await world.write(linesText(...many(3)))
  for (const to of [2, 1]) {
    if (to === 1) await rename(`${world.path}.1`, `${world.path}.2`)
    await rename(world.path, `${world.path}.1`)
    await world.write(linesText(...many(4)))
  }
  world.record()
  await untilKept(13)
  expect(await keptOnce()).toEqual([13, 13])
  await heardCalls(13)
})

test('the recorder follows the log when it is renamed while recording', async () => {
  await world.write(linesText(...many(1)))
  world.record()
  await untilKept(1)
  await world.write(linesText(...many(2)))
  await rename(world.path, `${world.path}.1`)
  await world.write(linesText(...many(2)))
  await untilKept(5)
  expect(await keptOnce()).toEqual([5, 5])
})

test('a log that is renamed after it was listed and before it is read is read under its new name', async () => {
  await world.write(linesText(...many(1)), `${world.path}.1`)
  await world.write(linesText(...many(2)))
  const { recordings } = world
  let isListed = false
  world.record({
    records: {
      positions: () => recordings.positions(),
      async record(input) {
        if (!isListed) {
          isListed = true
          await rename(`${world.path}.1`, `${world.path}.2`)
          await rename(world.path, `${world.path}.1`)
          await world.write(linesText(...many(4)))
        }
        return recordings.record(input)
      },
    },
  })
  await untilKept(7)
  expect(await keptOnce()).toEqual([7, 7])
})

test('a log that was truncated and written again is read from its beginning, even if it is longer than before', async () => {
  await world.write(linesText(...many(2)))
  const first = world.record()
  await untilKept(2)
  await first.close()
  await truncate(world.path)
  await world.write(linesText(...many(9)))
  world.record()
  await untilKept(11)
  expect(await keptOnce()).toEqual([11, 11])
})

test('a copy of the log, as from a backup, is not counted again', async () => {
  await world.write(linesText(...many(2)))
  const first = world.record()
  await untilKept(2)
  await first.close()
  await copyFile(world.path, `${world.path}.1`)
  await rm(world.path)
  await rename(`${world.path}.1`, world.path)
  await world.write(linesText(...many(1)))
  world.record()
  await untilKept(3)
  expect(await keptOnce()).toEqual([3, 3])
})

test('nothing is lost while the database is unreachable, and the problem is reported once', async () => {
  let isAway = true
  const away = () => Promise.reject(new Error('the database is away'))
  const { recordings } = world
  world.record({
    records: {
      positions: () => (isAway ? away() : recordings.positions()),
      record: (input) => (isAway ? away() : recordings.record(input)),
    },
  })
  await world.write(linesText(...many(2)))
  await waitFor(() => world.problems.length > 0, { timeoutMs: patienceMs })
  isAway = false
  await untilKept(2)
  await waitFor(() => world.problems.length > 1, { timeoutMs: patienceMs })
  expect(world.problems).toEqual([expect.objectContaining({ message: 'the database is away' }), null])
})

test('a batch that was stored although its answer was lost is not stored again', async () => {
  let isLost = true
  const { recordings } = world
  world.record({
    records: {
      positions: () => recordings.positions(),
      async record(input) {
        const answer = await recordings.record(input)
        if (!isLost) return answer
        isLost = false
        throw new Error('connection lost')
      },
    },
  })
  await world.write(linesText(...many(3)))
  await waitFor(() => world.problems.length > 1, { timeoutMs: patienceMs })
  await world.write(linesText(...many(1)))
  await untilKept(4)
  expect(await keptOnce()).toEqual([4, 4])
})

test('two recorders on the same log count nothing twice', async () => {
  await world.write(linesText(...many(8_000)))
  world.record()
  world.record()
  await untilKept(8_000)
  expect(await keptOnce()).toEqual([8_000, 8_000])
})

test('the sums of calls are stored with them, by replica, in steps of a minute, ten minutes, an hour and six hours', async () => {
  const time = '2026-03-01T08:00:30.000Z'
  await world.write(
    linesText(
      logLine({ time, latency_ms: 4 }),
      logLine({ time, latency_ms: 90, status: 503, instance_id: null }),
      logLine({ time: '2026-03-01T08:01:00.000Z', latency_ms: 700_000, instance_id: 'echo-r1-2' }),
    ),
  )
  const first = world.record()
  await untilKept(3)
  await first.close()
  await world.write(linesText(logLine({ time, latency_ms: 5 })))
  world.record()
  await untilKept(4)
  const { rows } = await world.db.execute<{
    step_s: number
    replica: number
    calls: number
    latency: number[]
  }>(
    sql`select step_s, at, replica, calls, errors, bytes_in, latency from algorithm_call_sums order by step_s, at, replica`,
  )
  const expected = [60, 600, 3_600, 21_600].flatMap((step) => [
    [step, 0, 1],
    [step, 1, 2],
    [step, 2, 1],
  ])
  expect(rows.map(({ step_s, replica, calls }) => [step_s, replica, calls])).toEqual(expected)
  expect(rows[1]).toMatchObject({ errors: 0, bytes_in: '200' })
  expect(rows[0]).toMatchObject({ errors: 1 })
  expect(rows[1]?.latency.indexOf(2)).toBe(3)
  expect(rows[2]?.latency.at(-1)).toBe(1)
})

test('what was sent and answered is stored with the call, without the secrets of its service, and its file is removed', async () => {
  const [kept, gone] = [randomUUID(), randomUUID()]
  const bodies = {
    request: { type: 'text/plain', bytes: 3, text: 'a\0b, secret of echo, secret of other', is_cut: false },
    response: { type: 'image/png', bytes: 9, text: null, is_cut: false },
  }
  await mkdir(world.keptFolder)
  await writeFile(join(world.keptFolder, kept), JSON.stringify(bodies))
  await world.write(linesText(logLine({ kept }), logLine({ kept: gone }), logLine()))
  world.record()
  await heardCalls(3)
  const { rows } = await world.db.execute(sql`select bodies from algorithm_calls where bodies is not null`)
  expect(rows).toEqual([
    { bodies: { ...bodies, request: { ...bodies.request, text: 'a\ufffdb, ••••, secret of other' } } },
  ])
  expect(await keptOnce()).toEqual([3, 3])
  await expect.poll(() => readdir(world.keptFolder)).toEqual([])
})
