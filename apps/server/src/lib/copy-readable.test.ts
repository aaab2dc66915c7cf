import { chmod, lstat, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copyReadable, isCopied } from './copy-readable.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-copy-'))
})
afterEach(() => rm(folder, { recursive: true }))

const modeOf = async (...path: string[]) => (await lstat(join(folder, ...path))).mode & 0o777

test('files without permissions for others can be read, entered and run in the copy, and the source keeps its modes', async () => {
  const source = join(folder, 'source')
  await mkdir(join(source, 'bin'), { recursive: true, mode: 0o700 })
  await writeFile(join(source, 'bin', 'program'), 'run', { mode: 0o700 })
  await writeFile(join(source, 'data'), 'read', { mode: 0o600 })
  await symlink('program', join(source, 'bin', 'other'))
  await chmod(source, 0o700)
  const target = join(folder, 'target')
  await copyReadable(source, target)
  expect(await modeOf('target')).toBe(0o755)
  expect(await modeOf('target', 'bin')).toBe(0o755)
  expect(await modeOf('target', 'bin', 'program')).toBe(0o755)
  expect(await modeOf('target', 'data')).toBe(0o644)
  expect((await lstat(join(target, 'bin', 'other'))).isSymbolicLink()).toBe(true)
  expect(await readFile(join(target, 'bin', 'other'), 'utf8')).toBe('run')
  expect(await modeOf('source', 'data')).toBe(0o600)
})

test('a second copy keeps existing files and adds missing ones', async () => {
  const [source, target] = [join(folder, 'source'), join(folder, 'target')]
  await mkdir(source)
  await writeFile(join(source, 'first'), 'first')
  await copyReadable(source, target)
  await writeFile(join(source, 'first'), 'changed')
  await writeFile(join(source, 'second'), 'second')
  await copyReadable(source, target)
  expect(await readFile(join(target, 'first'), 'utf8')).toBe('first')
  expect(await readFile(join(target, 'second'), 'utf8')).toBe('second')
})

test('a copy is one only if every file is there, in its size', async () => {
  const [source, target] = [join(folder, 'source'), join(folder, 'target')]
  await mkdir(join(source, 'deep'), { recursive: true })
  await writeFile(join(source, 'deep', 'file'), 'content')
  expect(await isCopied(source, target)).toBe(false)
  await copyReadable(source, target)
  await writeFile(join(target, 'more'), 'x')
  expect(await isCopied(source, target)).toBe(true)
  await truncate(join(target, 'deep', 'file'))
  expect(await isCopied(source, target)).toBe(false)
  expect(await isCopied(join(source, 'deep', 'file'), join(target, 'deep', 'file'))).toBe(false)
})
