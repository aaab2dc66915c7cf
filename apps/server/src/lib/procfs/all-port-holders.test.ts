import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { listeningPorts } from './all-port-holders.ts'
import { firstLine } from '../../../../../tests/support/first-line.ts'
import { freePorts } from '../../../../../tests/support/free-ports.ts'
import { signalPid } from '../../../../../tests/support/signals.ts'

const servers: Server[] = []
const close = (server: Server) => new Promise((resolve) => server.close(resolve))
afterEach(() => Promise.all(servers.splice(0).map(close)))

const isInet = (value: AddressInfo | string | null): value is AddressInfo =>
  typeof value === 'object' && value !== null
async function listenOn(host: string, port = 0): Promise<{ port: number; server: Server }> {
  const server = createServer().listen({ host, port })
  await once(server, 'listening')
  servers.push(server)
  const address = server.address()
  if (!isInet(address)) throw new Error('no port')
  return { port: address.port, server }
}

test('every listening port is found with its process, on any address', async () => {
  const read = listeningPorts()
  const ports = [(await listenOn('127.0.0.1')).port, (await listenOn('0.0.0.0')).port]
  const found = await read()
  for (const port of ports) {
    expect(found.get(port)?.pid).toBe(process.pid)
    expect(found.get(port)?.command).toContain('node')
  }
})

test('a port that opens or closes between two readings is seen in the second', async () => {
  const read = listeningPorts()
  // The system could give the same port again, or to another process.
  const [first, second] = [await freePorts(1), await freePorts(1)]
  const before = await listenOn('127.0.0.1', first)
  expect((await read()).has(before.port)).toBe(true)
  await close(before.server)
  const after = await listenOn('127.0.0.1', second)
  const found = await read()
  expect(found.has(before.port)).toBe(false)
  expect(found.get(after.port)?.pid).toBe(process.pid)
})

test('a port that passes to another process has its new holder in the next reading', async () => {
  const read = listeningPorts()
  const port = await freePorts(1)
  const script = `require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log('listening'))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await firstLine(child.stdout)
  expect((await read()).get(port)?.pid).toBe(child.pid)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await listenOn('127.0.0.1', port)
  expect((await read()).get(port)?.pid).toBe(process.pid)
})

/**
 * Listens and prints its port and its child's pid. When its standard input ends, it exits and leaves the
 * socket to the child.
 */
const heir = `
import os, socket, sys, time
server = socket.create_server(("127.0.0.1", 0))
child = os.fork()
if child == 0:
    time.sleep(60)
    os._exit(0)
print(server.getsockname()[1], child, flush=True)
sys.stdin.read()
`

test('a socket that outlives its first process is found with the process that inherited it', async () => {
  const read = listeningPorts()
  const parent = spawn('python3', ['-c', heir], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [port = 0, child] = (await firstLine(parent.stdout)).split(' ').map(Number)
  try {
    expect((await read()).get(port)?.pid).toBe(parent.pid)
    parent.stdin.end()
    await once(parent, 'exit')
    expect((await read()).get(port)?.pid).toBe(child)
  } finally {
    signalPid(child, 'SIGKILL')
  }
})

test('four hundred ports are read again in less than a tenth of a second', async () => {
  const read = listeningPorts()
  const opened = await Promise.all(Array.from({ length: 400 }, () => listenOn('127.0.0.1')))
  const readAll = async (): Promise<number> => {
    const since = performance.now()
    const found = await read()
    const took = performance.now() - since
    expect(opened.filter(({ port }) => found.get(port)?.pid === process.pid)).toHaveLength(400)
    return took
  }
  // The first reading does the full search. Of the others, the fastest counts, because a busy machine may
  // delay any of them.
  await readAll()
  let least = Infinity
  for (let reading = 0; reading < 20 && least >= 100; reading++) least = Math.min(least, await readAll())
  expect(least).toBeLessThan(100)
})
