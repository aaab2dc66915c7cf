import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startEndless } from '../../tests/support/endless-process.ts'
import {
  commandOf,
  environmentOf,
  identify,
  identityIn,
  isAlive,
  readIdentity,
  userOf,
  waitUntil,
} from './processes.mjs'
import { patienceMs } from '../../tests/support/patience.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-record-'))
  file = join(folder, 'start.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the record of a process', () => {
  test('is read as it was written', () => {
    writeFileSync(file, JSON.stringify(identify(process.pid)))
    expect(readIdentity(file)).toEqual(identify(process.pid))
  })

  test.each([
    ['all processes', '{"pid":-1,"startTime":"5"}'],
    ['our own group', '{"pid":0,"startTime":"5"}'],
    ['a part of a process', '{"pid":1.5,"startTime":"5"}'],
    ['a process without a start', '{"pid":7}'],
    ['no record', 'not JSON'],
    ['nothing', 'null'],
  ])('names no process if it says %s', (_name, text) => {
    expect(identityIn(text)).toBeNull()
  })

  test('is not read through a link, from a pipe, or from a file of any size', () => {
    const other = join(folder, 'other.json')
    writeFileSync(other, '{"pid":7,"startTime":"5"}')
    symlinkSync(other, file)
    expect(readIdentity(file)).toBeNull()
    rmSync(file)
    execFileSync('/usr/bin/mkfifo', [file])
    expect(readIdentity(file)).toBeNull()
    rmSync(file)
    writeFileSync(file, `{"pid":7,"startTime":"5"}${' '.repeat(5_000)}`)
    expect(readIdentity(file)).toBeNull()
  })
})

const isRoot = process.getuid?.() === 0
test.skipIf(!isRoot)(
  `the user of a process is the one that it runs as${isRoot ? '' : ' (skipped: the tests do not run as root)'}`,
  async () => {
    const child = spawn('/bin/sh', ['-c', 'exec sleep 600'], { uid: 65_533, stdio: 'ignore' })
    const pid = child.pid ?? 0
    try {
      expect(userOf(pid)).toBe(65_533)
      expect(userOf(process.pid)).toBe(0)
    } finally {
      child.kill('SIGKILL')
    }
    expect(await waitUntil(() => userOf(pid) === null, patienceMs)).toBe(true)
  },
)

test('of a command line and an environment without an end, only the beginning is read', async () => {
  const pid = await startEndless()
  expect(commandOf(pid)).toBe('')
  expect(environmentOf(pid).length).toBeLessThanOrEqual(256 * 1024 + 1)
})

test('a process lives although its main thread has ended, as long as another of its threads does', async () => {
  const program =
    'import ctypes, threading, time; threading.Thread(target=time.sleep, args=(600,)).start(); ctypes.CDLL(None).pthread_exit(None)'
  const child = spawn('python3', ['-c', program], { stdio: 'ignore' })
  const pid = child.pid ?? 0
  try {
    const started = identify(pid)
    expect(started).not.toBeNull()
    expect(await waitUntil(() => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')), patienceMs)).toBe(
      true,
    )
    expect(isAlive(started)).toBe(true)
  } finally {
    child.kill('SIGKILL')
  }
})
