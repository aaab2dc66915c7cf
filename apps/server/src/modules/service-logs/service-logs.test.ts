import type { FastifyInstance } from 'fastify'
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rm,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { logLine, serviceLogEndpoints } from '@vitrine/contract'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { readEvents } from '../../../../../tests/support/api-client.ts'
import { createTestApp } from '../../../../../tests/support/test-app.ts'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { dataPaths } from '../../lib/paths.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { algorithms } from '../algorithms/algorithms.tables.ts'
import { addServiceLogRoutes } from './service-logs.routes.ts'
import { createServicesRepository } from '../services/services.repository.ts'
import { testOptions } from '../services/stored-service.test-setup.ts'

const answerOf = serviceLogEndpoints['GET /services/logs/{id}'].response

async function openWorld() {
  const database = await createTestDatabase()
  const root = await mkdtemp(join(tmpdir(), 'vl-'))
  const paths = dataPaths(root)
  await mkdir(paths.serviceLogs, { recursive: true })
  const services = createServicesRepository({ db: database.db })
  const owner = { ownerId: '11111111-1111-4111-8111-111111111111', ownerName: 'owner' }
  await database.db
    .insert(algorithms)
    .values({ id: 'vision', name: 'V', task: 'other', description: '', ...owner })
  const row = {
    name: 'V',
    algorithmId: 'vision',
    desired: 'running' as const,
    mode: 'local' as const,
    options: testOptions,
  }
  for (const id of ['vision', 'vision-2']) await services.insert({ id, ...row, ...owner })
  const app = await createTestApp()
  addServiceLogRoutes(app, {
    services,
    paths,
    masks: { of: async () => (text) => text },
    clock: () => new Date('2026-03-01T08:00:00.000Z'),
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    app,
    get: (path: string, signal?: AbortSignal) =>
      fetch(`${origin}/api/v1${path}`, { headers: { 'x-test-role': 'user' }, ...(signal && { signal }) }),
    logFile: (name: string) => join(paths.serviceLogs, name),
    /** Log files that this process has open. */
    async openLogs(): Promise<string[]> {
      const numbers = await readdir('/proc/self/fd')
      const open = await Promise.all(numbers.map((one) => readlink(`/proc/self/fd/${one}`).catch(() => '')))
      return open.filter((path) => path.startsWith(root))
    },
    async close() {
      await closeApp(app)
      await database.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}
async function closeApp(app: FastifyInstance): Promise<void> {
  app.server.closeAllConnections()
  await app.close()
}

let world: Awaited<ReturnType<typeof openWorld>>
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const linesOf = async (path: string) => answerOf.parse(await (await world.get(path)).json())
const texts = (answer: Awaited<ReturnType<typeof linesOf>>) =>
  answer.lines.map(({ replica, stream, text }) => `${replica} ${stream} ${text}`)

describe("a service's log", () => {
  test('has the lines of all its replicas, and of no other service with a similar name', async () => {
    await writeFile(world.logFile('vision.log'), '2026-01-01T00:00:01Z a\n')
    await writeFile(world.logFile('vision_error.log'), '2026-01-01T00:00:04Z d\n')
    await writeFile(world.logFile('vision.2.log.1'), '2026-01-01T00:00:02Z b\n')
    await writeFile(world.logFile('vision.10_error.log'), '2026-01-01T00:00:03Z c\n')
    await writeFile(world.logFile('vision-2.log'), 'other\n')
    expect(texts(await linesOf('/services/logs/vision'))).toEqual([
      '1 stdout 2026-01-01T00:00:01Z a',
      '2 stdout 2026-01-01T00:00:02Z b',
      '10 stderr 2026-01-01T00:00:03Z c',
      '1 stderr 2026-01-01T00:00:04Z d',
    ])
    expect(texts(await linesOf('/services/logs/vision?replica=2'))).toHaveLength(1)
    expect(texts(await linesOf('/services/logs/vision?stream=stderr'))).toHaveLength(2)
    expect(texts(await linesOf('/services/logs/vision?replica=7'))).toEqual([])
  })

  test('is one log for instances that take turns: ordered by time, and without times with the newest instance last', async () => {
    await writeFile(world.logFile('vision.log'), '2026-01-01T00:00:01Z a\n2026-01-01T00:00:03Z c\n')
    await writeFile(world.logFile('vision.b1.log'), '2026-01-01T00:00:02Z b\n')
    const all = ['a', 'b', 'c'].map((text, at) => `1 stdout 2026-01-01T00:00:0${at + 1}Z ${text}`)
    expect(texts(await linesOf('/services/logs/vision'))).toEqual(all)
    expect(texts(await linesOf('/services/logs/vision?replica=1'))).toEqual(all)
    for (const [name, text, at] of [
      ['vision.log', 'new 1\nnew 2\nnew 3\n', 2_000],
      ['vision.b1.log', 'old 1\nold 2\n', 1_000],
    ] as const) {
      await writeFile(world.logFile(name), text)
      await utimes(world.logFile(name), at, at)
    }
    const last = async (count: number) =>
      (await linesOf(`/services/logs/vision?lines=${count}`)).lines.map(({ text }) => text)
    expect(await last(4)).toEqual(['old 2', 'new 1', 'new 2', 'new 3'])
    expect(await last(2)).toEqual(['new 2', 'new 3'])
    expect(await (await world.get('/services/vision/logs/download')).text()).toBe(
      'old 1\nold 2\nnew 1\nnew 2\nnew 3\n',
    )
  })

  test('can be searched with several words at once', async () => {
    const at = (second: number) => `2026-01-01T00:00:0${second}Z`
    const all = [
      `${at(1)} ERROR frame a`,
      `${at(2)} INFO frame b`,
      `${at(3)} ERROR frame c`,
      `${at(4)} ERROR x`,
    ]
    await writeFile(world.logFile('vision.log'), all.map((line) => `${line}\n`).join(''))
    const query = new URLSearchParams({ q: 'FRAME', level: 'warn', from: at(2), to: at(4), lines: '10000' })
    const answer = await linesOf(`/services/logs/vision?${query}`)
    expect(answer).toEqual({
      service_id: 'vision',
      searched_to_start: true,
      lines: [
        {
          ts: '2026-01-01T00:00:03.000Z',
          stream: 'stdout',
          replica: 1,
          level: 'error',
          fields: null,
          text: `${at(3)} ERROR frame c`,
        },
      ],
    })
  })

  test.each(['lines=10001', 'lines=x', 'level=loud', 'replica=0', 'stream=both', 'from=yesterday'])(
    'is refused for %s, and the answer says what is wrong',
    async (query) => {
      for (const path of [`/services/logs/vision?${query}`, `/services/vision/logs/download?${query}`]) {
        if (path.includes('download') && query.startsWith('lines')) continue
        expect((await world.get(path)).status).toBe(422)
      }
    },
  )

  test.each(['/services/logs/none', '/services/none/logs/stream', '/services/none/logs/download'])(
    'of an unknown service is 404: %s',
    async (path) => {
      const answer = await world.get(path)
      expect([answer.status, await answer.json()]).toMatchObject([
        404,
        { error: { code: 'service.not_found' } },
      ])
    },
  )
})

describe('following', () => {
  test('gives the last lines, then says that they are complete, then each new line, even ten thousand of them', async () => {
    const file = world.logFile('vision.log')
    await writeFile(file, Array.from({ length: 12_000 }, (_, index) => `line ${index}\n`).join(''))
    const response = await world.get('/services/vision/logs/stream?lines=10000&q=LINE')
    let seen = 0
    const events = await readEvents(response, ({ event, data }) => {
      seen += 1
      if (event === 'caught_up') void appendFile(file, 'other\nline new\n')
      return data.includes('line new')
    })
    expect(seen).toBe(10_002)
    expect(events[10_000]).toMatchObject({ event: 'caught_up', data: '{"searched_to_start":true}' })
    const lines = events
      .filter(({ event }) => event === 'line')
      .map(({ data }) => logLine.parse(JSON.parse(data)))
    expect([lines[0]?.text, lines.at(-1)?.text]).toEqual(['line 2000', 'line new'])
  })

  test('ends when its client disconnects, and leaves no file open', async () => {
    await writeFile(world.logFile('vision.log'), 'a\n')
    const gone = new AbortController()
    const response = await world.get('/services/vision/logs/stream', gone.signal)
    await readEvents(response, ({ event }) => event === 'caught_up')
    gone.abort()
    expect(await waitFor(async () => (await world.openLogs()).length === 0, { timeoutMs: patienceMs })).toBe(
      true,
    )
  })

  test('ends when the client disconnects although nothing matches, long before the log was read to its end', async () => {
    const file = world.logFile('vision.log')
    await writeFile(file, '')
    // It takes no room on the disk, and reading it takes minutes.
    await truncate(file, 400 * 1024 ** 3)
    const gone = new AbortController()
    const ended = world
      .get('/services/vision/logs/download?q=nowhere', gone.signal)
      .then((answer) => answer.text())
      .catch(() => 'gone')
    expect(await waitFor(async () => (await world.openLogs()).length > 0, { timeoutMs: patienceMs })).toBe(
      true,
    )
    gone.abort()
    expect(await ended).toBe('gone')
    expect(await waitFor(async () => (await world.openLogs()).length === 0, { timeoutMs: patienceMs })).toBe(
      true,
    )
  })
})
