import { appendFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { logFrom, logSize } from './log-end.ts'

let folder = ''
let path = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-test-log-end-'))
  path = join(folder, 'a.log')
})
afterEach(() => rm(folder, { recursive: true }))

test('what was written since a moment is read, also from a log that is larger than a text may be', async () => {
  await writeFile(path, '')
  // A file with a hole takes no room.
  await truncate(path, 3 * 1024 ** 3)
  const start = await logSize(path)
  await appendFile(path, 'FATAL: no room\n')
  expect([start, await logFrom(path, start)]).toEqual([3 * 1024 ** 3, 'FATAL: no room\n'])
})

test('of a long end only the last lines are read', async () => {
  await writeFile(path, `${'x'.repeat(1024 * 1024)}\nlast\n`)
  const text = await logFrom(path, 0)
  expect([text.endsWith('x\nlast\n'), text.length]).toEqual([true, 256 * 1024])
})

test('a log that was rotated meanwhile is read from its beginning', async () => {
  await writeFile(path, 'before before before')
  const start = await logSize(path)
  await writeFile(path, 'after')
  expect(await logFrom(path, start)).toBe('after')
})

test('a missing log is empty', async () => {
  expect([await logSize(path), await logFrom(path, 0)]).toEqual([0, ''])
})
