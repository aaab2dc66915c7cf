import { connect } from 'node:net'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { patienceMs } from '../../../../../../tests/support/patience.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { ask } from '../gateway.test-client.ts'
import { testSetup } from '../gateway.test-setup.ts'
import { echo, type TestUpstream } from '../gateway.test-upstream.ts'
import { createWorld, route, type GatewayWorld } from '../gateway.test-world.ts'
import { buildScripts, isLuaInstalled, ownNginxUnderTest } from './nginx.test-build.ts'
import { workersOf } from './nginx.workers.ts'
import { requestLoop } from '../../../../../../tests/support/request-loop.ts'
import { signalPid } from '../../../../../../tests/support/signals.ts'

const setup = testSetup('gate.js', buildScripts)
const missing = isLuaInstalled ? '' : ' (skipped: nginx or its Lua is not installed)'

describe.skipIf(!isLuaInstalled)(`several instances chosen by nginx’s Lua${missing}`, () => {
  let world: GatewayWorld
  beforeEach(async () => {
    world = await createWorld(() => ownNginxUnderTest(setup, {}, () => true))
  })
  afterEach(() => world.dispose())

  const named = (name: string) => world.instance(echo(name), name)
  const nameOfNext = async () => (await ask(world.port, '/ai/a/')).asked().name
  const underWay = (...upstreams: TestUpstream[]) =>
    Promise.all(upstreams.map((upstream) => world.gateway.inFlight([upstream.instance_id])))
  const workers = async () => (await workersOf(await world.pid())).toSorted()

  /** An instance that answers only when the test says so. */
  async function held(name: string) {
    const answers: ServerResponse[] = []
    const upstream = await world.instance((_req, res) => void answers.push(res), name)
    return { upstream, answers }
  }

  /** Sends requests over kept-open connections. */
  const load = () =>
    requestLoop(
      () => fetch(`http://127.0.0.1:${world.port}/ai/a/`),
      () => true,
      4,
    )

  test('after a service had several instances, a change of its instances needs no reload and fails no request', async () => {
    const all = [await named('one'), await named('two'), await named('three')]
    await world.serve([route('a', all)])
    const before = await workers()
    const loop = load()
    for (const count of [2, 1, 3, 1, 2, 3, 1]) {
      const members = all.slice(-count)
      await world.serve([route('a', members)])
      const gone = all.filter((upstream) => !members.includes(upstream))
      // Requests that were sent to them before the change may arrive only now.
      await expect.poll(() => underWay(...gone)).toEqual(gone.map(() => 0))
      const had = gone.map(({ requests }) => requests.length)
      await loop.answered(20)
      expect(gone.map(({ requests }) => requests.length)).toEqual(had)
    }
    expect((await loop.stop()).failures).toEqual([])
    expect(await workers()).toEqual(before)
  })

  test('a driver that adopts nginx needs no reload either, with any number of instances', async () => {
    const all = [await named('one'), await named('two'), await named('three')]
    await world.serve([route('a', all.slice(1))])
    const before = await workers()
    await world.serve([route('a', all.slice(2))])
    await world.gateway.close()
    const next = world.createAgain()
    await next.open()
    await next.apply(world.table({ routes: [route('a', all)] }))
    expect(await workers()).toEqual(before)
    await next.close()
  })

  test('single requests are spread over all instances', async () => {
    await world.serve([route('a', [await named('one'), await named('two'), await named('three')])])
    const names = []
    for (let sent = 0; sent < 6; sent++) names.push(await nameOfNext())
    expect(names.toSorted()).toEqual(['one', 'one', 'three', 'three', 'two', 'two'])
  })

  test('counts the requests in progress of each instance; a retried request counts for the instance that took it', async () => {
    const dead = await named('dead')
    await dead.close()
    const [one, two] = [await held('one'), await held('two')]
    const members = [dead, one.upstream, two.upstream]
    await world.serve([route('a', members)])
    const answers = Array.from({ length: 4 }, () => ask(world.port, '/ai/a/'))
    await waitFor(() => one.answers.length + two.answers.length === 4, { timeoutMs: patienceMs })
    expect(await underWay(...members)).toEqual([0, 2, 2])
    await world.serve([route('a', [two.upstream])])
    expect(await underWay(...members)).toEqual([0, 2, 2])
    for (const res of [...one.answers, ...two.answers]) res.end('ok')
    expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(['ok', 'ok', 'ok', 'ok'])
    await expect.poll(() => underWay(...members), { timeout: patienceMs }).toEqual([0, 0, 0])
  })

  test('a WebSocket counts as in progress until it closes', async () => {
    const [one, two] = [await named('one'), await named('two')]
    for (const { server } of [one, two])
      new WebSocketServer({ server }).on('connection', (socket) => socket.send('hi'))
    await world.serve([route('a', [one, two])])
    const clients = [1, 2].map(() => new WebSocket(`ws://127.0.0.1:${world.port}/ai/a/`))
    await Promise.all(clients.map((client) => once(client, 'message')))
    expect(await underWay(one, two)).toEqual([1, 1])
    for (const client of clients) client.terminate()
    await expect.poll(() => underWay(one, two), { timeout: patienceMs }).toEqual([0, 0])
  })

  test('a request stops counting as in progress, however it ends', async () => {
    const [one, two] = [await held('one'), await held('two')]
    const both = [one, two].map(({ upstream }) => upstream)
    const chunked =
      'POST /ai/a/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'
    const endings: [text: string, rest: string, status: number, timeoutMs: number][] = [
      ['GET /ai/a/ HTTP/1.1\r\nHost: localhost\r\n\r\n', '', 504, 300],
      [chunked, '14\r\n01234567890123456789\r\n', 413, 60_000],
      [chunked, 'no chunk', 400, 60_000],
    ]
    for (const [text, rest, status, timeoutMs] of endings) {
      await world.serve([route('a', both, { timeout_ms: timeoutMs, body_bytes: 10 })])
      const before = one.upstream.requests.length + two.upstream.requests.length
      const socket = connect(world.port, '127.0.0.1').setEncoding('utf8')
      socket.write(text)
      const answered = once(socket, 'data')
      await waitFor(() => one.upstream.requests.length + two.upstream.requests.length > before, {
        timeoutMs: patienceMs,
      })
      socket.write(rest)
      expect(String((await answered)[0]).split(' ')[1]).toBe(String(status))
      socket.destroy()
    }
    const client = connect(world.port, '127.0.0.1')
    client.write('GET /ai/a/ HTTP/1.1\r\nHost: localhost\r\n\r\n', () => client.destroy())
    for (const { server } of both) server.closeAllConnections()
    await Promise.all(both.map((upstream) => upstream.close()))
    expect((await ask(world.port, '/ai/a/')).status).toBe(502)
    await expect.poll(() => underWay(...both), { timeout: patienceMs }).toEqual([0, 0])
  })

  test('the requests of a killed worker are no longer counted', async () => {
    const [one, two] = [await held('one'), await held('two')]
    const both = [one, two].map(({ upstream }) => upstream)
    await world.serve([route('a', both)])
    const broken = Promise.allSettled(Array.from({ length: 6 }, () => ask(world.port, '/ai/a/')))
    await waitFor(() => one.answers.length + two.answers.length === 6, { timeoutMs: patienceMs })
    expect(await underWay(...both)).toEqual([3, 3])
    for (const pid of await workers()) signalPid(pid, 'SIGKILL')
    await broken
    await expect.poll(() => underWay(...both).catch(() => null), { timeout: patienceMs }).toEqual([0, 0])
  })

  test('an instance that closes the connection without an answer is left out for a second', async () => {
    const broken = await world.instance((req) => req.socket.destroy(), 'broken')
    await world.serve([route('a', [broken, await named('sound')])])
    const statuses = []
    const began = performance.now()
    for (let sent = 0; sent < 8; sent++)
      statuses.push((await ask(world.port, '/ai/a/', { method: 'POST', body: 'x' })).status)
    const seconds = Math.floor((performance.now() - began) / 1000)
    expect(statuses.filter((status) => status === 502)).toHaveLength(broken.requests.length)
    // Once, and once more for each second that the eight took on a busy machine.
    expect(broken.requests.length).toBeGreaterThan(0)
    expect(broken.requests.length).toBeLessThanOrEqual(1 + seconds)
    const asked = async () => {
      await ask(world.port, '/ai/a/')
      return broken.requests.length
    }
    await expect.poll(asked, { timeout: patienceMs }).toBeGreaterThan(1)
  })

  test('a request decided slowly also goes to the least busy instance that listens', async () => {
    const dead = await named('dead')
    await dead.close()
    const [busy, idle] = [await held('busy'), await named('idle')]
    await world.serve([route('a', [busy.upstream])])
    const first = ask(world.port, '/ai/a/')
    await waitFor(() => busy.answers.length === 1, { timeoutMs: patienceMs })
    await world.serve([route('a', [dead, busy.upstream])])
    const second = ask(world.port, '/ai/a/')
    await waitFor(() => busy.answers.length === 2, { timeoutMs: patienceMs })
    await world.serve([route('a', [dead, busy.upstream, idle])])
    const headers = { Connection: 'keep-alive, X-Local', 'X-Local': '1' }
    const asked = (await ask(world.port, '/ai/a/', { headers })).asked()
    expect([asked.name, asked.headers['x-local']]).toEqual(['idle', undefined])
    for (const res of busy.answers) res.end('ok')
    await Promise.all([first, second])
    await expect.poll(() => underWay(busy.upstream, idle), { timeout: patienceMs }).toEqual([0, 0])
  })

  test('the request that woke a service with several instances goes to one that listens', async () => {
    const dead = await named('dead')
    await dead.close()
    const token = 't'.repeat(40)
    const around = (control: TestUpstream) => ({
      control: { host: control.host, port: control.port },
      wake: { path: '/wake', token },
    })
    const alive = await named('alive')
    const control = await world.instance((_req, res) => {
      void world.serve([route('a', [dead, alive])], around(control)).then(() => res.writeHead(204).end())
    })
    await world.serve([route('a', [dead, alive], { state: 'asleep' })], around(control))
    expect(await nameOfNext()).toBe('alive')
  })
})
