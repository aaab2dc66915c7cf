import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { findPortHolder, isPortFree, portsHeldBy } from './port-holder.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

async function listenOn(host: string): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen({ host, port: 0 }, resolve))
  servers.push(server)
  const address = server.address()
  const isInet = (value: AddressInfo | string | null): value is AddressInfo =>
    typeof value === 'object' && value !== null
  if (!isInet(address)) throw new Error('no port')
  return address.port
}

test.each(['127.0.0.1', '0.0.0.0'])(
  'the holder of a port on %s is found with its pid and command',
  async (host) => {
    const holder = await findPortHolder(await listenOn(host))
    expect(holder?.pid).toBe(process.pid)
    expect(holder?.command.length).toBeGreaterThan(0)
  },
)

test('of two processes on one port, the one at the asked address is found', async () => {
  const port = await listenOn('127.0.0.1')
  const other = spawn(process.execPath, [
    '-e',
    `require('node:net').createServer().listen(${port}, '127.0.0.2', () => console.log('listening'))`,
  ])
  await once(other.stdout, 'data')
  expect((await findPortHolder(port, '127.0.0.1'))?.pid).toBe(process.pid)
  expect((await findPortHolder(port, '127.0.0.2'))?.pid).toBe(other.pid)
  expect(await findPortHolder(port, '127.0.0.3')).toBeNull()
  other.kill('SIGKILL')
  await once(other, 'exit')
})

test('a port that was closed again is free and has no holder', async () => {
  const port = await listenOn('127.0.0.1')
  expect(await isPortFree('127.0.0.1', port)).toBe(false)
  await new Promise((resolve) => servers.pop()?.close(resolve))
  expect(await findPortHolder(port)).toBeNull()
  expect(await isPortFree('127.0.0.1', port)).toBe(true)
})

test('a listener on all addresses takes the port on each of them', async () => {
  expect(await isPortFree('127.0.0.1', await listenOn('0.0.0.0'))).toBe(false)
})

test('an address of another machine has no free port', async () => {
  expect(await isPortFree('192.0.2.1', 24_567)).toBe(false)
})

test('the ports of the given processes are found, and those of other processes are not', async () => {
  const ports = [await listenOn('127.0.0.1'), await listenOn('0.0.0.0')]
  expect(await portsHeldBy([process.pid])).toEqual(expect.arrayContaining(ports.toSorted((a, b) => a - b)))
  expect(await portsHeldBy([process.ppid])).not.toEqual(expect.arrayContaining(ports))
  expect(await portsHeldBy([])).toEqual([])
})
