import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { signalGroup } from '../../../../tests/support/signals.ts'
import { folderBytes } from './folder-sizes.ts'
import { unlinkedBytes } from './unlinked-files.ts'

const mebibyte = 1024 ** 2
const started: ChildProcess[] = []
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-unlinked-'))
})
afterEach(async () => {
  for (const { pid } of started.splice(0)) signalGroup(pid, 'SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** Starts a Python program that says when it holds what it is to hold. Its folder is in `sys.argv[1]`. */
async function holds(program: string): Promise<number> {
  const script = `import os, sys, mmap, time\nos.chdir(sys.argv[1])\n${program}\nprint('held', flush=True)\ntime.sleep(600)`
  const child = spawn('python3', ['-c', script, folder], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  started.push(child)
  await once(child.stdout, 'data')
  return child.pid ?? 0
}
const written = `file = open('data', 'w+b'); file.write(b'x' * ${4 * mebibyte}); file.flush()`

test('a file that is deleted while a process has it open is on the disk, and in no folder', async () => {
  const pid = await holds(`${written}; os.unlink('data')`)
  expect(await folderBytes([folder])).toBeLessThan(mebibyte)
  expect(await unlinkedBytes([[pid]], folder)).toEqual([4 * mebibyte])
})

test('a file counts once, however many descriptors and processes of a group hold it', async () => {
  const pid = await holds(`${written}; os.unlink('data'); os.dup(file.fileno()); child = os.fork()
if child: print(child)`)
  expect(await unlinkedBytes([[pid, pid]], folder)).toEqual([4 * mebibyte])
})

test('each group has what its own processes hold', async () => {
  const first = await holds(`${written}; os.unlink('data')`)
  const second = await holds(`${written}; os.truncate('data', ${mebibyte}); os.unlink('data')`)
  expect(await unlinkedBytes([[second], [], [first]], folder)).toEqual([mebibyte, 0, 4 * mebibyte])
  expect(await unlinkedBytes([[]], folder)).toEqual([0])
})

test('a file counts that threads hold after their main thread has ended', async () => {
  const pid = await holds(`import ctypes, threading
${written}; os.unlink('data')
threading.Thread(target=time.sleep, args=(600,)).start()
print('held', flush=True)
ctypes.CDLL(None).pthread_exit(None)`)
  await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ')
  expect(await unlinkedBytes([[pid]], folder)).toEqual([4 * mebibyte])
})

test.skipIf(process.getuid?.() !== 0)('a deleted file counts that is only mapped into memory', async () => {
  const pid = await holds(`${written}; memory = mmap.mmap(file.fileno(), 0); os.unlink('data'); file.close()`)
  expect(await unlinkedBytes([[pid]], folder)).toEqual([4 * mebibyte])
})

test('what has a name, a hole, or another disk does not count, nor does a process that has ended', async () => {
  const pid = await holds(
    `${written}; other = open('holes', 'w+b'); other.truncate(${100 * mebibyte}); os.unlink('holes'); memory = os.memfd_create('m'); os.write(memory, b'x' * ${mebibyte})`,
  )
  expect(await unlinkedBytes([[pid, 2 ** 22 + 1]], folder)).toEqual([0])
})

test('holding so many that looking takes too long is told as that', async () => {
  const pids = Array.from({ length: 5_000 }, () => process.pid)
  expect(await unlinkedBytes([pids], folder, { timeoutMs: 1 })).toBe('too slow')
})
