import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rotateAccessLog } from './rotate-access-log.ts'

let folder = ''
let path = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-test-set-aside-'))
  path = join(folder, 'access.log')
})
afterEach(() => rm(folder, { recursive: true }))

test('a log that has grown too large is rotated, and the last fifteen are kept', async () => {
  for (let number = 1; number <= 17; number++) {
    await writeFile(path, `log ${number}`)
    expect(await rotateAccessLog(path, 5)).toBe(true)
  }
  expect((await readdir(folder)).length).toBe(15)
  expect(await readFile(`${path}.1`, 'utf8')).toBe('log 17')
  expect(await readFile(`${path}.15`, 'utf8')).toBe('log 3')
})

test('if fewer files are to be kept than before, the others are deleted', async () => {
  for (let number = 1; number <= 9; number++) {
    await writeFile(path, `log ${number}`)
    await rotateAccessLog(path, 5, number < 9 ? 15 : 3)
  }
  expect((await readdir(folder)).toSorted()).toEqual(['access.log.1', 'access.log.2', 'access.log.3'])
  expect(await readFile(`${path}.3`, 'utf8')).toBe('log 7')
})

test('a small log is not rotated, and a missing one is no error', async () => {
  expect(await rotateAccessLog(path, 5)).toBe(false)
  await writeFile(path, 'abcd')
  expect(await rotateAccessLog(path, 5)).toBe(false)
  expect(await readdir(folder)).toEqual(['access.log'])
})
