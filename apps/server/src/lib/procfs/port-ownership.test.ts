import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { firstLine } from '../../../../../tests/support/first-line.ts'
import { freePort } from '../../adapters/gateway/gateway.test-upstream.ts'
import { portListeners } from './port-ownership.ts'

const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    const ended = child.exitCode ?? child.signalCode ?? once(child, 'exit')
    child.stdin?.end()
    child.kill('SIGKILL')
    await ended
  }
})

/** Starts a process that says a line once it is ready, and ends with its standard input. */
async function start(script: string, ...args: (string | number)[]): Promise<{ pid: number; said: string }> {
  const child = spawn(process.execPath, ['-e', script, ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.push(child)
  const said = await firstLine(child.stdout)
  if (child.pid === undefined) throw new Error('not started')
  return { pid: child.pid, said }
}

const untilEnd = `process.stdin.resume().once('end', () => process.exit());`
const listenOn = (host: string) =>
  `${untilEnd} require('node:net').createServer().listen(Number(process.argv[1]), '${host}', () => console.log('up'))`
/** Leaves listening to a child in a session of its own, which ends with this process's pipe to it. */
const byChild = `${untilEnd}
  const child = require('node:child_process').spawn(process.execPath, ['-e', process.argv[2], process.argv[1]],
    { detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdout.once('data', () => console.log(child.pid))`
const idle = `${untilEnd} console.log('up')`

const look = portListeners()

test.each(['127.0.0.1', '0.0.0.0', '::'])(
  'a main process that listens on %s has the port itself',
  async (host) => {
    const port = await freePort()
    const { pid } = await start(listenOn(host), port)
    expect(await look(port, pid)).toBe('own')
  },
)

test('so it has where a child of it listens that made its own session', async () => {
  const port = await freePort()
  const { pid } = await start(byChild, port, listenOn('127.0.0.1'))
  expect(await look(port, pid)).toBe('own')
})

test('another process on the port is a stranger, and is named', async () => {
  const port = await freePort()
  const stranger = await start(listenOn('127.0.0.1'), port)
  const { pid } = await start(idle)
  expect(await look(port, pid)).toEqual({
    stranger: { pid: stranger.pid, command: expect.stringContaining('createServer') },
  })
})

test('one that listens on the same number of another address takes nothing from it', async () => {
  const port = await freePort()
  const { pid } = await start(listenOn('127.0.0.1'), port)
  await start(listenOn('::1'), port)
  expect(await look(port, pid)).toBe('own')
})

test('where nothing listens there is nobody', async () => {
  const { pid } = await start(idle)
  expect(await look(await freePort(), pid)).toBe('nobody')
})

test('of a main process that has ended nobody is called a stranger', async () => {
  const port = await freePort()
  await start(listenOn('127.0.0.1'), port)
  const { pid } = await start(`console.log('up')`)
  const [child] = children.slice(-1)
  if (child && child.exitCode === null) await once(child, 'exit')
  expect(await look(port, pid)).toBe('nobody')
})
