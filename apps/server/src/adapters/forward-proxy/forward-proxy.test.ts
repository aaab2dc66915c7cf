import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request, type IncomingMessage, type Server as HttpServer } from 'node:http'
import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openForwardProxy, type ForwardProxyInput } from './forward-proxy.ts'

let folder: string
let refusals: Parameters<ForwardProxyInput['onRefused']>[0][]
let ends: (() => Promise<unknown>)[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-proxy-'))
  refusals = []
  ends = []
})
afterEach(async () => {
  for (const end of ends.toReversed()) await end()
  await rm(folder, { recursive: true, force: true })
})

async function listening(server: Server | HttpServer): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => new Promise((resolve) => server.close(resolve)))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** A server that sends back what it gets, and closes when its client does. */
const echo = () =>
  listening(createTcpServer((socket) => void socket.on('error', () => undefined).pipe(socket)))

async function proxied(input: Partial<ForwardProxyInput>): Promise<string> {
  const path = join(folder, String(ends.length))
  const proxy = await openForwardProxy(path, {
    reachOf: () => 'anywhere',
    isAllowedAddress: () => false,
    upstreamOf: () => null,
    onRefused: (refusal) => (refusals.push(refusal), `refused: ${refusal.why}`),
    ...input,
  })
  ends.push(proxy.close)
  return path
}

async function all(stream: AsyncIterable<unknown>): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

/** Opens a tunnel. Resolves with the answer, and with the connection if it was opened. */
function tunnel(
  socketPath: string,
  to: string,
): Promise<{ answer: IncomingMessage; socket: Socket; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method: 'CONNECT', path: to, agent: false })
    asked.once('error', reject)
    asked.once('connect', (answer, socket, head) => {
      if (answer.statusCode === 200) return resolve({ answer, socket, text: '' })
      socket.unshift(head)
      all(socket).then((text) => resolve({ answer, socket, text }), reject)
    })
    asked.end()
  })
}

/** Resolves when a connection is closed, also by an error. */
const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()))

async function get(socketPath: string, url: string, method = 'GET') {
  const asked = request({
    socketPath,
    method,
    path: url,
    agent: false,
    headers: { host: 'x', te: 'trailers' },
  }).end()
  const [answer]: IncomingMessage[] = await once(asked, 'response')
  if (!answer) throw new Error('no answer')
  return { status: answer.statusCode, headers: answer.headers, text: await all(answer) }
}

test('a tunnel carries everything in both directions, and ends when both sides do', async () => {
  const port = await echo()
  const { socket } = await tunnel(await proxied({}), `127.0.0.1:${port}`)
  const sent = 'x'.repeat(3_000_000)
  socket.end(sent)
  expect((await all(socket)).length).toBe(sent.length)
  expect(refusals).toEqual([])
})

test('a request without encryption is passed on without headers of the connection', async () => {
  let seen: IncomingMessage | null = null
  const port = await listening(
    createServer((asked, response) => {
      seen = asked
      response.writeHead(200, { etag: '"1"' }).end(`got ${asked.url}`)
    }),
  )
  const answer = await get(await proxied({}), `http://127.0.0.1:${port}/simple/x/?a=1`)
  expect(answer).toMatchObject({ status: 200, text: 'got /simple/x/?a=1', headers: { etag: '"1"' } })
  expect(seen).toMatchObject({ headers: { host: `127.0.0.1:${port}` } })
  expect(Object.keys(Object(seen).headers)).not.toContain('te')
})

test('a forbidden destination is refused before any connection is made, and the refusal is reported', async () => {
  let connections = 0
  const server = createTcpServer(() => connections++)
  const port = await listening(server)
  const path = await proxied({ reachOf: () => 'no' })
  const { answer, text } = await tunnel(path, `127.0.0.1:${port}`)
  expect([answer.statusCode, text]).toEqual([403, 'refused: not_allowed\n'])
  expect(await get(path, `http://127.0.0.1:${port}/`)).toMatchObject({
    status: 403,
    text: 'refused: not_allowed\n',
  })
  expect(refusals).toEqual(
    [1, 2].map(() => ({ why: 'not_allowed', destination: { host: '127.0.0.1', port } })),
  )
  expect(connections).toBe(0)
})

test('a name that must be public is refused at an address of this machine', async () => {
  const port = await echo()
  const asked: string[] = []
  const isAllowedAddress = (address: string) => (asked.push(address), false)
  const path = await proxied({ reachOf: () => 'public', isAllowedAddress })
  const { answer } = await tunnel(path, `localhost:${port}`)
  expect(answer.statusCode).toBe(403)
  expect(asked).toContain('127.0.0.1')
  expect(refusals[0]).toMatchObject({ why: 'address', destination: { host: 'localhost', port } })
  expect((await get(path, `http://localhost:${port}/`)).status).toBe(403)
})

test.each([
  ['POST', 'http://127.0.0.1:9/'],
  ['GET', 'https://127.0.0.1:9/'],
  ['GET', '/api/v1/services'],
  ['GET', 'ftp://127.0.0.1/'],
])('%s %s is no request for a proxy', async (method, url) => {
  expect((await get(await proxied({}), url, method)).status).toBe(400)
  expect(refusals).toMatchObject([{ why: 'not_understood' }])
})

test.each(['127.0.0.1', '127.0.0.1:0', '127.0.0.1:70000', 'a b:443', 'user@x:443', 'http://x:443'])(
  'CONNECT %s names no destination',
  async (to) => {
    const path = await proxied({})
    const socket = connect(path)
    socket.write(`CONNECT ${to} HTTP/1.1\r\nhost: x\r\n\r\n`)
    expect(await all(socket)).toMatch(/^HTTP\/1.1 400 /)
  },
)

test('a destination that does not answer is a failure and no refusal', async () => {
  const server = createTcpServer()
  const port = await listening(server)
  await ends.pop()?.()
  const { answer } = await tunnel(await proxied({}), `127.0.0.1:${port}`)
  expect(answer.statusCode).toBe(502)
  expect(refusals).toMatchObject([{ why: 'failed', said: expect.stringContaining('ECONNREFUSED') }])
})

test('no more bytes are carried than a build may, in either direction', async () => {
  const port = await echo()
  for (const bounds of [{ received: 100_000 }, { sent: 100_000 }]) {
    refusals = []
    const path = await proxied({ bounds })
    const { socket } = await tunnel(path, `127.0.0.1:${port}`)
    socket.on('error', () => undefined)
    socket.write('x'.repeat(300_000))
    socket.resume()
    await closed(socket)
    expect(refusals).toMatchObject([{ why: 'too_much' }])
    expect((await tunnel(path, `127.0.0.1:${port}`)).answer.statusCode).toBe(403)
  }
})

test('after many refusals nothing is served any more', async () => {
  const path = await proxied({ reachOf: () => 'no', bounds: { refusals: 3 } })
  for (const _time of [1, 2, 3]) expect((await tunnel(path, 'other.example:443')).answer.statusCode).toBe(403)
  const socket = connect(path).on('error', () => undefined)
  socket.write('CONNECT other.example:443 HTTP/1.1\r\nhost: x\r\n\r\n')
  await closed(socket.resume())
  expect(socket.bytesRead).toBe(0)
  expect(refusals.length).toBe(3)
})

test('requests that do not wait for their answers open no connections', async () => {
  let connections = 0
  const port = await listening(
    createTcpServer((socket) => void (connections++, socket.on('error', () => undefined))),
  )
  const socket = connect(await proxied({})).on('error', () => undefined)
  socket.write(`GET http://127.0.0.1:${port}/ HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(500))
  await closed(socket.resume())
  expect(connections).toBeLessThanOrEqual(1)
})

test('a client that disconnects gives back the place of its connection', async () => {
  const port = await echo()
  const path = await proxied({ bounds: { connections: 2 } })
  const first = await tunnel(path, `127.0.0.1:${port}`)
  const leaving = connect(path).on('error', () => undefined)
  // It disconnects while its connection is being made, so only the proxy knows of it.
  leaving.write(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\nhost: x\r\n\r\n`, () => leaving.destroy())
  await closed(leaving)
  first.socket.end()
  await all(first.socket)
  /** Opens two tunnels at once. Tells how many were opened, and ends when both are closed. */
  const opened = async () => {
    const asked = [1, 2].map(() => tunnel(path, `127.0.0.1:${port}`).catch(() => null))
    const both = (await Promise.all(asked)).flatMap((one) =>
      one?.answer.statusCode === 200 ? one.socket : [],
    )
    const ended = both.map(closed)
    for (const one of both) one.destroy()
    await Promise.all(ended)
    return both.length
  }
  // The proxy notices the disconnection a little later.
  await expect.poll(opened).toBe(2)
})

test('an invalid answer is a failure and does not end the proxy', async () => {
  const port = await listening(
    createTcpServer((socket) => {
      socket.on('error', () => undefined).resume()
      socket.end('HTTP/1.1 099 X\r\n\r\n')
    }),
  )
  const path = await proxied({})
  expect((await get(path, `http://127.0.0.1:${port}/`)).status).toBe(502)
  expect(refusals).toMatchObject([{ why: 'failed' }])
  expect((await get(path, `http://127.0.0.1:${port}/`)).status).toBe(502)
})

test('the bytes of a request count as sent', async () => {
  const port = await listening(createServer((_asked, response) => void response.end('ok')))
  const path = await proxied({ bounds: { sent: 20_000 } })
  const long = `http://127.0.0.1:${port}/?${'x'.repeat(8_000)}`
  const statuses: unknown[] = []
  for (const _time of [1, 2]) statuses.push((await get(path, long)).status)
  await expect(get(path, long)).rejects.toThrow()
  expect(statuses).toEqual([200, 200])
  expect(refusals).toMatchObject([{ why: 'too_much' }])
})

test.each(['OPEN.example:443', 'open.example.:443'])(
  'CONNECT %s names the host in its usual form',
  async (to) => {
    const seen: unknown[] = []
    await tunnel(await proxied({ reachOf: (destination) => (seen.push(destination.host), 'no') }), to)
    expect(seen).toEqual(['open.example'])
  },
)

test('a connection on which nothing moves is closed', async () => {
  const port = await echo()
  const { socket } = await tunnel(await proxied({ bounds: { stillMs: 200 } }), `127.0.0.1:${port}`)
  socket.on('error', () => undefined).resume()
  await closed(socket)
})

test('requests go through the proxy of the machine with its credentials, and that proxy may refuse them', async () => {
  const port = await echo()
  const plain = await listening(createServer((asked, response) => void response.end(asked.url)))
  const seen: unknown[] = []
  const machine = createServer((asked, response) => {
    seen.push([asked.method, asked.url, asked.headers['proxy-authorization']])
    response.end('from the proxy of the machine')
  })
  machine.on('connect', (asked, client) => {
    seen.push([asked.method, asked.url, asked.headers['proxy-authorization']])
    if (asked.url?.startsWith('closed')) return client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const remote = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      client.pipe(remote).pipe(client)
    })
  })
  const upstream = new URL(`http://user:pass%40word@127.0.0.1:${await listening(machine)}`)
  const path = await proxied({ upstreamOf: ({ port: to }) => (to === plain ? null : upstream) })
  const { socket } = await tunnel(path, 'open.example:443')
  socket.end('through')
  expect(await all(socket)).toBe('through')
  expect((await tunnel(path, 'closed.example:443')).answer.statusCode).toBe(502)
  expect(await get(path, 'http://plain.example/x?y')).toMatchObject({ text: 'from the proxy of the machine' })
  expect(await get(path, `http://127.0.0.1:${plain}/direct`)).toMatchObject({ text: '/direct' })
  const credentials = `Basic ${Buffer.from('user:pass@word').toString('base64')}`
  expect(seen).toEqual([
    ['CONNECT', 'open.example:443', credentials],
    ['CONNECT', 'closed.example:443', credentials],
    ['GET', 'http://plain.example/x?y', credentials],
  ])
})
