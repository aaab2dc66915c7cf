import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rotateLog } from './rotate-log.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vo-'))
  path = join(folder, 'a.log')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a file that is not there or still small stays as it is', async () => {
  await rotateLog(path, 5)
  await writeFile(path, '1234')
  await rotateLog(path, 5)
  expect(await readdir(folder)).toEqual(['a.log'])
})

test('five old files are kept, the newest as .1', async () => {
  for (const round of [1, 2, 3, 4, 5, 6, 7]) {
    await writeFile(path, `round ${round}`)
    await rotateLog(path, 5)
  }
  expect((await readdir(folder)).sort()).toEqual([1, 2, 3, 4, 5].map((number) => `a.log.${number}`))
  expect(await readFile(`${path}.1`, 'utf8')).toBe('round 7')
  expect(await readFile(`${path}.5`, 'utf8')).toBe('round 3')
})
