import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { openWorld, smallest } from '../algorithms/algorithms.test-world.ts'
import { serveGit } from './git-host.test-world.ts'

const owner = testActor('user')
const id = 'large'
/** More than the buffers between two programs of one machine take. */
const largeBytes = 40 * 1024 ** 2

let world: Awaited<ReturnType<typeof openWorld>>
let host: Awaited<ReturnType<typeof serveGit>>
beforeAll(async () => {
  world = await openWorld({ uploadBytes: 2 * largeBytes })
  host = await serveGit(world, {
    actorOf: (password) => (password === 'owner' ? owner : null),
    lowestSpeed: { bytesPerS: 10_000, overMs: 2_000 },
  })
  const files = { 'ai_algorithm.py': smallest, 'weights.bin': randomBytes(largeBytes) }
  await world.send('', { files, fields: { algorithm_id: id } })
})
afterAll(() => world.close())

const isIdle = (queue: 'fetches' | 'pushes') =>
  waitFor(() => world.deps.gitQueues[queue].isIdle(), { timeoutMs: patienceMs })

/** A way to the git host that takes nothing of an answer from the time when much of it has come, until `goOn`. */
async function stallingWay() {
  let stalled: Socket | null = null
  const server = createServer((from) => {
    const to = connect(Number(new URL(host.origin).port), '127.0.0.1')
    let bytes = 0
    from.pipe(to)
    to.on('data', (chunk) => {
      bytes += chunk.length
      from.write(chunk)
      if (bytes < 1024 ** 2 || stalled) return
      stalled = to
      to.pause()
    })
    to.once('end', () => from.end())
    for (const socket of [from, to]) socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const at = server.address()
  if (typeof at !== 'object' || at === null) throw new Error('no port')
  return {
    port: at.port,
    isStalled: () => stalled !== null,
    goOn: () => stalled?.resume(),
    close: () => server.close(),
  }
}

test('a clone that takes nothing gives its place to others, and git prints why', async () => {
  const way = await stallingWay()
  const folder = join(world.folder, 'stalled')
  await mkdir(folder)
  const address = `http://any:owner@127.0.0.1:${way.port}/git/${id}.git`
  const cloned = host.client(['clone', address, '.'], folder)
  expect(await waitFor(way.isStalled, { timeoutMs: patienceMs })).toBe(true)
  expect(world.deps.gitQueues.fetches.isIdle()).toBe(false)
  expect(await isIdle('fetches')).toBe(true)
  way.goOn()
  const { ok, output } = await cloned
  expect(ok).toBe(false)
  expect(output).toMatch(/less than 10 kB\/s on average|平均每秒不足 10 kB/)
  way.close()
})

test.each([
  ['a push', 'git-receive-pack', 'pushes'],
  ['a fetch', 'git-upload-pack', 'fetches'],
] as const)(
  '%s whose body does not come is refused, and its place is free',
  async (_what, service, queue) => {
    const socket = connect(Number(new URL(host.origin).port), '127.0.0.1')
    const head = [
      `POST /git/${id}.git/${service} HTTP/1.1`,
      'Host: 127.0.0.1',
      `Authorization: Basic ${Buffer.from('any:owner').toString('base64')}`,
      `Content-Type: application/x-${service}-request`,
      'Content-Length: 1000000',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n00`)
    let said = ''
    socket.on('data', (chunk) => (said += chunk.toString()))
    socket.on('error', () => undefined)
    expect(await waitFor(() => /10 kB/.test(said), { timeoutMs: patienceMs })).toBe(true)
    expect(await isIdle(queue)).toBe(true)
    socket.destroy()
  },
)

test('a clone at full speed is not ended, however short the time is', async () => {
  const folder = join(world.folder, 'quick')
  await mkdir(folder)
  expect(await host.client(['clone', '--quiet', host.address(id), '.'], folder)).toMatchObject({ ok: true })
})
