import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSealingKeys } from './sealing-keys.ts'

let folder: string
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'vitrine-keys-'))))
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a changed key seals from then on, and opens what the former one has sealed until that is dropped', async () => {
  const keys = await openSealingKeys(folder, null)
  const old = keys.seal('old')
  await keys.change()
  const fresh = keys.seal('new')
  expect([keys.isChanging(), keys.open(old), keys.open(fresh)]).toEqual([true, 'old', 'new'])
  await keys.dropOld()
  expect(keys.isChanging()).toBe(false)
  expect(() => keys.open(old)).toThrow()
  expect(await readdir(folder)).toEqual(['sealing.key'])
  expect((await stat(join(folder, 'sealing.key'))).mode & 0o777).toBe(0o600)
  expect((await openSealingKeys(folder, null)).open(fresh)).toBe('new')
})

test('a change that a crash has interrupted is known at the next start, which can open everything', async () => {
  const keys = await openSealingKeys(folder, null)
  const old = keys.seal('old')
  await keys.change()
  const fresh = keys.seal('new')
  const next = await openSealingKeys(folder, null)
  expect([next.isChanging(), next.open(old), next.open(fresh)]).toEqual([true, 'old', 'new'])
})

test('a key of the environment counts, and the one in the file opens what it has sealed until it is dropped', async () => {
  const old = (await openSealingKeys(folder, null)).seal('old')
  const given = await openSealingKeys(folder, 'a key of thirty-two or more characters')
  expect([given.isChanging(), given.open(old)]).toEqual([true, 'old'])
  const fresh = given.seal('new')
  await given.dropOld()
  expect(await readdir(folder)).toEqual([])
  expect((await openSealingKeys(folder, 'a key of thirty-two or more characters')).open(fresh)).toBe('new')
})

test('a wrong key opens nothing and changes no file', async () => {
  const sealed = (await openSealingKeys(folder, null)).seal('old')
  await writeFile(join(folder, 'sealing.key'), 'another key\n')
  const wrong = await openSealingKeys(folder, null)
  expect(() => wrong.open(sealed)).toThrow()
  expect(await readFile(join(folder, 'sealing.key'), 'utf8')).toBe('another key\n')
})
