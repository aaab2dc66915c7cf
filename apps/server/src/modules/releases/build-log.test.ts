import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { beginBuildLog, readBuildLog } from './build-log.ts'

let root: string
let file: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vitrine-build-log-'))
  file = join(root, 'builds', '1.log')
})
afterEach(() => rm(root, { recursive: true, force: true }))

test('lines can be read while the build goes on, and each is read once', async () => {
  const log = await beginBuildLog(file)
  log.write('安装 numpy')
  let first = await readBuildLog(file, 0)
  while (first.lines.length === 0) first = await readBuildLog(file, 0)
  log.write('done')
  await log.close()
  const second = await readBuildLog(file, first.next)
  expect([first.lines, second.lines]).toEqual([['安装 numpy'], ['done']])
  expect(await readBuildLog(file, second.next)).toEqual({ lines: [], next: second.next })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test('another attempt begins anew, and a release without a build has no lines', async () => {
  const earlier = await beginBuildLog(file)
  earlier.write('earlier')
  await earlier.close()
  await (await beginBuildLog(file)).close()
  expect(await readBuildLog(file, 0)).toEqual({ lines: [], next: 0 })
  expect(await readBuildLog(join(root, '2.log'), 0)).toEqual({ lines: [], next: 0 })
})

test('what comes after a very long line is shown, and of that line its beginning', async () => {
  const log = await beginBuildLog(file)
  log.write('行'.repeat(300_000))
  log.write('after')
  await log.close()
  const { lines } = await readBuildLog(file, 0)
  expect(lines).toEqual([`${'行'.repeat(8_000)}…`, 'after'])
})

test('a build that prints without end fills no disk', async () => {
  const log = await beginBuildLog(file)
  const line = 'x'.repeat(4 * 1024)
  for (let count = 0; count < 1_000; count++) log.write(line)
  await log.close()
  expect((await stat(file)).size).toBeLessThan(2.1 * 1024 ** 2)
})
