import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { installRuntimes } from './install-runtimes.ts'

test('runtimes are installed once, and again if a power cut has taken the bytes of a file', async () => {
  const base = await mkdtemp(join(tmpdir(), 'vitrine-test-runtimes-'))
  onTestFinished(() => rm(base, { recursive: true }))
  const source = join(base, 'source')
  await mkdir(join(source, 'python'), { recursive: true })
  await writeFile(join(source, 'python', 'main.py'), 'print(1)')
  const install = () => installRuntimes(source, join(base, 'runtimes'))
  const folder = await install()
  const { ino } = await stat(folder)
  // What Python compiles there is no part of it.
  await writeFile(join(folder, 'python', 'main.pyc'), 'compiled')
  expect([await install(), (await stat(folder)).ino]).toEqual([folder, ino])
  await truncate(join(folder, 'python', 'main.py'))
  expect(await install()).toBe(folder)
  expect(await readFile(join(folder, 'python', 'main.py'), 'utf8')).toBe('print(1)')
})
