import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { firstLine } from '../../../../../tests/support/first-line.ts'
import { signalPid } from '../../../../../tests/support/signals.ts'
import { freePort } from '../../adapters/gateway/gateway.test-upstream.ts'
import { waitFor } from '../wait-for.ts'
import { areOpen, portListeners, socketsByPort } from './port-ownership.ts'

const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    const ended = child.exitCode ?? child.signalCode ?? once(child, 'exit')
    child.stdin?.end()
    child.kill('SIGKILL')
    await ended
  }
})

/** Starts a process that prints a line when it is ready, and ends when its standard input ends. */
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
const onlySix = `${untilEnd} require('node:net').createServer()
  .listen({ port: Number(process.argv[1]), host: '::', ipv6Only: true }, () => console.log('up'))`
/**
 * Starts a child in its own session, which does the listening and ends when this process's pipe to it closes.
 */
const byChild = `${untilEnd}
  const child = require('node:child_process').spawn(process.execPath, ['-e', process.argv[2], process.argv[1]],
    { detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdout.once('data', () => console.log(child.pid))`
/** Starts such a child by a process that ends at once, so that the child is nobody's descendant. */
const byOrphan = `${untilEnd}
  const middle = require('node:child_process').spawn(process.execPath, ['-e', process.argv[3], process.argv[1], process.argv[2]],
    { detached: true, stdio: ['inherit', 'pipe', 'inherit'] })
  middle.once('exit', () => middle.stdout.once('data', () => console.log('up')))`
const parentOfOrphan = `require('node:child_process').spawn(process.execPath, ['-e', process.argv[2], process.argv[1]],
    { detached: true, stdio: 'inherit' }).once('spawn', () => process.exit())`
const idle = `${untilEnd} console.log('up')`

const find = portListeners()
/** Who listens, without the list of own sockets. */
const look = async (port: number, main: number) => {
  const found = await find(port, main)
  return typeof found === 'object' && 'own' in found ? 'own' : found
}

test.each(['127.0.0.1', '0.0.0.0', '::'])('a main process that listens on %s owns the port', async (host) => {
  const port = await freePort()
  const { pid } = await start(listenOn(host), port)
  expect(await look(port, pid)).toBe('own')
})

test.each([
  ['a main process', () => listenOn('127.0.0.1'), [] as string[]],
  ['a child in another session', () => byChild, [listenOn('127.0.0.1')]],
])('the sockets of %s are known to be open until it ends', async (_who, script, args) => {
  const port = await freePort()
  const { pid, said } = await start(script(), port, ...args)
  const found = await find(port, pid)
  if (typeof found !== 'object' || !('own' in found)) throw new Error('not its own')
  expect(found.own).toHaveLength(1)
  expect(areOpen(found.own)).toBe(true)
  signalPid(Number(said) || pid, 'SIGKILL')
  expect(await waitFor(() => !areOpen(found.own), { timeoutMs: patienceMs })).toBe(true)
})

/** Opens files, then listens. Closes the files when it reads something, and says so. */
const amongSome = `const fs = require('node:fs')
  const files = Array.from({ length: 200 }, () => fs.openSync('/dev/null'))
  process.stdin.once('data', () => { for (const file of files) fs.closeSync(file); console.log('closed') })
    .once('end', () => process.exit())
  require('node:net').createServer().listen(Number(process.argv[1]), '127.0.0.1', () => console.log('up'))`

test('while the descriptors of a process with very many are looked at, other work has its turns', async () => {
  const port = await freePort()
  const { pid } = await start(amongSome, port)
  let turns = 0
  let isOver = false
  const count = () => {
    turns += 1
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  // As if there were so many that a turn is over whenever the clock is looked at.
  expect(await portListeners({ turnMs: 0 })(port, pid)).toMatchObject({ own: [{}] })
  isOver = true
  expect(turns).toBeGreaterThan(2)
})

test('a process with too many descriptors is not looked at again for some seconds, another one at once', async () => {
  let at = 0
  const findAmongFew = portListeners({ most: 100, now: () => at })
  const port = await freePort()
  const { pid } = await start(amongSome, port)
  expect(await findAmongFew(port, pid)).toBe('unknown')
  const child = children.at(-1)
  child?.stdin?.write('close')
  if (child?.stdout) expect(await firstLine(child.stdout)).toBe('closed')
  at = 4_999
  expect(await findAmongFew(port, pid)).toBe('unknown')
  const [otherPort, other] = [await freePort(), await start(listenOn('127.0.0.1'), await freePort())]
  expect(await findAmongFew(otherPort, other.pid)).toBe('nobody')
  at = 5_000
  expect(await findAmongFew(port, pid)).toMatchObject({ own: [expect.anything()] })
})

test('a main process owns the port if its child in another session listens', async () => {
  const port = await freePort()
  const { pid } = await start(byChild, port, listenOn('127.0.0.1'))
  expect(await look(port, pid)).toBe('own')
})

test('a main process owns the port if a process with its marker listens that has left its tree', async () => {
  const port = await freePort()
  vi.stubEnv('VITRINE_INSTANCE', `of-port-${port}`)
  const { pid } = await start(byOrphan, port, listenOn('127.0.0.1'), parentOfOrphan)
  vi.unstubAllEnvs()
  expect(await look(port, pid)).toBe('own')
})

test('of the sockets on a port, those of IPv4 are listed, and those of IPv6 where there are none', async () => {
  const [both, six] = [await freePort(), await freePort()]
  await start(listenOn('127.0.0.1'), both)
  const before = await socketsByPort([both])
  await start(onlySix, both)
  await start(listenOn('::'), six)
  const found = await socketsByPort([both, six])
  expect(found?.get(both)).toBe(before?.get(both))
  expect([...(found?.keys() ?? [])].toSorted()).toEqual([both, six].toSorted())
})

test('a foreign process on the port is named', async () => {
  const port = await freePort()
  const foreign = await start(listenOn('127.0.0.1'), port)
  const { pid } = await start(idle)
  expect(await look(port, pid)).toEqual({
    foreign: { pid: foreign.pid, command: expect.stringContaining('createServer') },
  })
})

test('a process that listens on the same port of another address does not matter', async () => {
  const port = await freePort()
  const { pid } = await start(listenOn('127.0.0.1'), port)
  await start(listenOn('::1'), port)
  expect(await look(port, pid)).toBe('own')
})

test('a port that nothing listens on has no listener', async () => {
  const { pid } = await start(idle)
  expect(await look(await freePort(), pid)).toBe('nobody')
})

test('if the main process has ended, no process counts as foreign', async () => {
  const port = await freePort()
  await start(listenOn('127.0.0.1'), port)
  const { pid } = await start(`console.log('up')`)
  const [child] = children.slice(-1)
  if (child && child.exitCode === null) await once(child, 'exit')
  expect(await look(port, pid)).toBe('nobody')
})
