import { readdir } from 'node:fs/promises'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  buildEmbedded,
  embeddedUnderTest,
} from '../../apps/server/src/adapters/gateway/embedded/embedded.test-build.ts'
import { sendRaw } from '../../apps/server/src/adapters/gateway/gateway.test-client.ts'
import { testSetup } from '../../apps/server/src/adapters/gateway/gateway.test-setup.ts'
import { portOf } from '../../apps/server/src/adapters/gateway/gateway.test-upstream.ts'
import {
  createWorld,
  route,
  type GatewayWorld,
} from '../../apps/server/src/adapters/gateway/gateway.test-world.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { patienceMs } from '../support/patience.ts'
import { signalPid } from '../support/signals.ts'

const { builtFile, newFolder } = testSetup('main.js', buildEmbedded)

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`
const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
const patience = { timeoutMs: patienceMs }

/** Heads with a header that none may have, and no byte of a body in the same packet. */
const badHeads: [name: string, head: string][] = [
  ['of which a body is to come', 'HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 4\r\n\r\n'],
  ['of which pieces are to come', 'HTTP/1.1 200 OK\r\nX Y: a\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['of which all is to come until the end', 'HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n'],
  ['of an answer without a body', 'HTTP/1.1 204 No Content\r\nX: a\x01b\r\n\r\n'],
  ['of an answer that has not changed', 'HTTP/1.1 304 Not Modified\r\nX Y: a\r\nContent-Length: 4\r\n\r\n'],
  ['of a body that is empty', 'HTTP/1.1 200 OK\r\nX: a\x01b\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
]

/**
 * A port whose connections nobody accepts. When the two that its queue has room for are there, the system drops the packets of
 * all others, as a firewall does.
 */
async function droppingPort(): Promise<{ port: number; dispose: () => Promise<void> }> {
  const thread = new Worker(
    `const server = require('node:net').createServer()
    server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
      require('node:worker_threads').parentPort.postMessage(server.address().port)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })`,
    { eval: true },
  )
  const port = Number((await once(thread, 'message'))[0])
  const filling = [1, 2].map(() => connect(port, '127.0.0.1'))
  await Promise.all(filling.map((socket) => once(socket, 'connect')))
  const dispose = async () => {
    for (const socket of filling) socket.on('error', () => socket.destroy()).destroy()
    await thread.terminate()
  }
  return { port, dispose }
}

/** An instance that answers as its caller asks: `/head/<n>`, `/silent`, else `ok`. It notes what it was sent. */
async function hostileInstance(asked: string[]): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => {
      const text = bytes.toString('latin1')
      asked.push(text)
      const index = Number(/^GET \/head\/(\d)/.exec(text)?.[1] ?? Number.NaN)
      if (text.startsWith('GET /silent')) return
      socket.write(badHeads[index]?.[1] ?? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 'latin1')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

describe('the embedded gateway', () => {
  let world: GatewayWorld
  let instance: Server
  let hostile: { host: string; port: number; instance_id: string }
  const asked: string[] = []
  /** Of `brief`, a test waits for the end of the time that an answer may take. */
  const routes = () => [
    route('a', [hostile], { timeout_ms: patienceMs }),
    route('brief', [hostile], { timeout_ms: 2_000 }),
  ]
  beforeAll(async () => {
    instance = await hostileInstance(asked)
    world = await createWorld(async () => embeddedUnderTest(await newFolder('data'), builtFile()))
    hostile = { host: '127.0.0.1', port: portOf(instance), instance_id: 'hostile' }
    await world.serve(routes())
  })
  afterAll(async () => {
    await world?.dispose()
    instance?.close()
  })

  /** Connects and sends bytes, and goes on when they are out of our hands. */
  async function sent(bytes: string): Promise<Socket> {
    const socket = connect(world.port, '127.0.0.1')
    socket.on('error', () => socket.destroy())
    await once(socket, 'connect')
    await new Promise((resolve) => socket.write(bytes, 'latin1', resolve))
    return socket
  }
  const openFiles = async () => (await readdir(`/proc/${await world.pid()}/fd`)).length
  const answers = (path: string, more?: string, until = /\r\n\r\n/) =>
    sendRaw(world.port, get(path, more), { until, quietMs: patienceMs })

  test.each(badHeads.map(([name], index) => [name, index] as const))(
    'goes on when an instance sends a bad head %s, and answers that request itself',
    async (_name, index) => {
      const before = await world.pid()
      const answer = await answers(`/ai/a/head/${index}`, '', /"error"/)
      expect(answer).toMatch(/^HTTP\/1.1 502 /)
      expect(answer).toContain('"error"')
      expect(await world.pid()).toBe(before)
      expect(await answers('/ai/a/')).toMatch(/^HTTP\/1.1 200 /)
    },
  )

  test.each([
    ['is refused', '/ai/none/'],
    ['gets an ordinary answer', '/ai/a/'],
    ['gets no answer in time', '/ai/brief/silent'],
  ])('keeps no connection of an upgrade that %s, whose client still sends and goes', async (_what, path) => {
    const before = await openFiles()
    for (let count = 0; count < 10; count++) {
      const client = await sent(get(path, upgrade))
      if (path !== '/ai/brief/silent') await once(client, 'data')
      client.end('nobody reads this')
      client.resume()
    }
    // Others of its files may come and go, but not ten.
    expect(await waitFor(async () => (await openFiles()) < before + 5, patience)).toBe(true)
  })

  test('says that an upgrade was not answered in time', async () => {
    expect(await answers('/ai/brief/silent', upgrade)).toMatch(/^HTTP\/1.1 504 /)
  })

  test('does not wait longer for an upgrade than for other requests where packets are dropped', async () => {
    const { port, dispose } = await droppingPort()
    try {
      const upstream = { host: '127.0.0.1', port, instance_id: 'dropping' }
      await world.serve([...routes(), route('dropping', [upstream], { timeout_ms: 60_000 })])
      expect(await answers('/ai/dropping/', upgrade)).toMatch(/^HTTP\/1.1 502 /)
    } finally {
      await dispose()
    }
  })

  test('has one request of a connection at an instance at a time, and none after the client has gone', async () => {
    asked.length = 0
    const client = await sent(get('/ai/a/silent').repeat(20))
    expect(await waitFor(() => asked.length > 0, patience)).toBe(true)
    // An answer to another client: by now every request of the first one was read.
    expect(await answers('/ai/a/')).toMatch(/^HTTP\/1.1 200 /)
    expect(asked.filter((text) => text.startsWith('GET /silent'))).toHaveLength(1)
    client.destroy()
    expect(await waitFor(async () => (await world.gateway.inFlight(['hostile'])) === 0, patience)).toBe(true)
  })

  test.each([
    ['too many requests', get('/ai/brief/silent').repeat(200)],
    ['too many bodies', get('/ai/brief/silent', 'Content-Length: 1\r\n').concat('x').repeat(20)],
  ])('ends a connection with %s at once', async (_what, requests) => {
    // Without a limit, it would get all answers before its end.
    expect(await sendRaw(world.port, requests)).toBe('')
    expect(await answers('/ai/a/')).toMatch(/^HTTP\/1.1 200 /)
  })

  test.each([
    ['whose rest then comes', ''],
    ['that waits for leave to send', 'Expect: 100-continue\r\n'],
  ])(
    'serves nothing after an answer to a request %s, because that one ended the connection',
    async (_what, more) => {
      asked.length = 0
      const client = await sent(
        `POST /ai/none/ HTTP/1.1\r\nHost: localhost\r\n${more}Content-Length: 5\r\n\r\nbody`,
      )
      // It may be closed before we have read the answer.
      const closed = once(client, 'close')
      let received = ''
      client.setEncoding('latin1').on('data', (text: string) => (received += text))
      expect(await waitFor(() => received.includes('"error"'), patience)).toBe(true)
      expect(received).toMatch(/^HTTP\/1.1 404 [^]*connection: close\r\n/i)
      client.write(`s${get('/ai/a/behind')}`)
      await closed
      expect(await answers('/ai/a/after')).toMatch(/^HTTP\/1.1 200 /)
      expect(asked.map((text) => text.split(' ')[1])).toEqual(['/after'])
      expect(await waitFor(async () => (await world.gateway.inFlight(['hostile'])) === 0, patience)).toBe(
        true,
      )
    },
  )

  test('does nothing for a client that has reset its connection, whose address nobody can tell any more', async () => {
    asked.length = 0
    const pid = await world.pid()
    signalPid(pid, 'SIGSTOP')
    try {
      const client = await sent(get('/ai/a/reset'))
      client.resetAndDestroy()
      await once(client, 'close')
    } finally {
      signalPid(pid, 'SIGCONT')
    }
    expect(await answers('/ai/a/after')).toMatch(/^HTTP\/1.1 200 /)
    expect(asked.map((text) => text.split(' ')[1])).toEqual(['/after'])
  })

  test.each([
    ['a version that is none of HTTP/1', 'GET /api/v1/health HTTP/2.0\r\n\r\n'],
    ['an old version', 'GET /api/v1/health HTTP/0.9\r\nHost: localhost\r\n\r\n'],
    [
      'a length that no number is exact for',
      get('/api/v1/health', 'Content-Length: 18446744073709551615\r\n'),
    ],
  ])('answers %s itself, in the form of all errors', async (_what, request) => {
    const answer = await sendRaw(world.port, request, { until: /"error"/, quietMs: 20_000 })
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(answer).toContain('"error"')
  })
})
