import { appendFile, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileIdentity, listLogFiles, readLines } from './access-log-files.ts'

let folder = ''
let path = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-test-log-files-'))
  path = join(folder, 'access.log')
})
afterEach(() => rm(folder, { recursive: true }))

async function reading<T>(read: (file: Awaited<ReturnType<typeof open>>) => Promise<T>): Promise<T> {
  const file = await open(path, 'r')
  try {
    return await read(file)
  } finally {
    await file.close()
  }
}
const linesFrom = (offset: number, bytes = 1_000) =>
  reading((file) => readLines(file, offset, Buffer.alloc(bytes)))
const identity = () => reading(fileIdentity)

test('a line is read once it is complete, even if the file was cut inside a character', async () => {
  const whole = Buffer.from('one\n字\n')
  await writeFile(path, whole.subarray(0, 5))
  expect(await linesFrom(0)).toEqual({ lines: ['one'], end: 4 })
  expect(await linesFrom(4)).toEqual({ lines: [], end: 4 })
  await appendFile(path, whole.subarray(5))
  expect(await linesFrom(4)).toEqual({ lines: ['字'], end: whole.length })
})

test('no more is read than fits the buffer, and a longer line is skipped in pieces', async () => {
  await writeFile(path, `ab\ncd\n${'x'.repeat(25)}\nend\n`)
  expect(await linesFrom(0, 8)).toEqual({ lines: ['ab', 'cd'], end: 6 })
  expect(await linesFrom(6, 8)).toEqual({ lines: ['xxxxxxxx'], end: 14 })
  expect(await linesFrom(30, 8)).toEqual({ lines: ['x', 'end'], end: 36 })
})

test('a file is identified by its first line, whatever follows it', async () => {
  await writeFile(path, 'half')
  expect(await identity()).toBeNull()
  await appendFile(path, ' and half\n')
  const first = await identity()
  await appendFile(path, 'more\n')
  expect(await identity()).toBe(first)
  await writeFile(path, 'another\n')
  expect(await identity()).not.toBe(first)
  await writeFile(path, 'x'.repeat(5_000))
  expect(await identity()).not.toBeNull()
})

test('the files are listed with the oldest first, and other files are left out', async () => {
  for (const name of [
    'access.log',
    'access.log.2',
    'access.log.10',
    'access.log.1',
    'access.log.gz',
    'other.log.3',
  ])
    await writeFile(join(folder, name), 'a\n')
  const names = (await listLogFiles(path)).map((file) => basename(file.path))
  expect(names).toEqual(['access.log.10', 'access.log.2', 'access.log.1', 'access.log'])
  await rm(path)
  expect((await listLogFiles(path)).map((file) => basename(file.path))).not.toContain('access.log')
  expect(await listLogFiles(join(folder, 'none', 'access.log'))).toEqual([])
})
