import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { identify, identifySync, isAlive, parseStat, readStat, signalProcess } from './process-identity.ts'

const tail = Array.from({ length: 18 }, (_, index) => `${index + 100}`)
const stat = (command: string, state: string) =>
  `42 (${command}) ${state} 7 8 9 ${tail.slice(3).join(' ')} 4711 5 6`

test.each(['sleep', 'a) b (c', ') Z 1 2', '中文 (', ''])(
  'a command named %j does not confuse the fields',
  (command) => {
    expect(parseStat(stat(command, 'S'))).toEqual({
      program: command,
      hasExecuted: false,
      state: 'S',
      parent: 7,
      group: 8,
      session: 9,
      startTime: '4711',
      cpuTicks: 110 + 111 + 112 + 113,
      threads: 116,
      isKernel: false,
    })
  },
)

test('a kernel thread is recognised by its flags', () => {
  expect(parseStat('2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 3 0 0 20 0 1 0 2 0 0')?.isKernel).toBe(true)
})

test('a copy of its parent that has not executed a program is recognised by its flags', () => {
  expect(parseStat('42 (sh) S 7 42 42 0 -1 4194368 0 0 0 0 0 3 0 0 20 0 1 0 2 0 0')?.hasExecuted).toBe(false)
})

test('text that is not a stat line gives null', () => {
  expect(parseStat('')).toBeNull()
  expect(parseStat('42 (x) S 1')).toBeNull()
})

test('this process is alive, and its start time is the same at each reading', async () => {
  const identity = await identify(process.pid)
  expect(identity).toEqual(identifySync(process.pid))
  expect(identity && (await isAlive(identity))).toBe(true)
  expect((await readStat(process.pid))?.parent).toBe(process.ppid)
})

test('an unused pid gives null', async () => {
  expect(await identify(4_194_305)).toBeNull()
  expect(identifySync(4_194_305)).toBeNull()
})

test('a pid with another start time is another process: it is not alive and gets no signal', async () => {
  const child = spawn('/bin/sleep', ['600'])
  const identity = child.pid === undefined ? null : await identify(child.pid)
  if (!identity) throw new Error('sleep did not start')
  const exited = new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)))
  const foreign = { pid: identity.pid, startTime: `${identity.startTime}0` }
  expect(await isAlive(foreign)).toBe(false)
  signalProcess(foreign, 'SIGTERM')
  signalProcess(identity, 'SIGKILL')
  expect(await exited).toBe('SIGKILL')
  signalProcess(identity, 'SIGKILL')
  expect(await isAlive(identity)).toBe(false)
})
