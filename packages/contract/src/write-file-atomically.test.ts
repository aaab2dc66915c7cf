import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { removeUnfinished, writeFileAtomically } from './write-file-atomically.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vw-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('the file has the new text and the given mode, and no other file is left', async () => {
  const path = join(folder, '文件.json')
  await writeFile(path, 'old')
  await writeFileAtomically(path, '新的', 0o600)
  expect(await readFile(path, 'utf8')).toBe('新的')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['文件.json'])
})

test('a reader always sees one complete text while many are written', async () => {
  const path = join(folder, 'a')
  const texts = Array.from({ length: 20 }, (_, index) => `${index}`.padEnd(200_000, '.'))
  await writeFileAtomically(path, texts[0] ?? '')
  let writing = true
  const reading = (async () => {
    while (writing) expect(texts).toContain(await readFile(path, 'utf8'))
  })()
  await Promise.all(texts.map((text) => writeFileAtomically(path, text)))
  writing = false
  await reading
})

test('a write that fails is an error and leaves the target and its folder as they were', async () => {
  const path = join(folder, 'taken')
  await mkdir(join(path, 'full'), { recursive: true })
  await expect(writeFileAtomically(path, 'x')).rejects.toThrow()
  expect(await readdir(folder)).toEqual(['taken'])
  await expect(writeFileAtomically(join(folder, 'none', 'x'), 'x')).rejects.toMatchObject({ code: 'ENOENT' })
})

test('what a kill has left of a write is removed, and nothing else in its folder', async () => {
  await writeFile(join(folder, `a.json.${randomUUID()}.tmp`), '{"half')
  for (const other of ['a.json', 'notes.tmp', `${randomUUID()}.json`])
    await writeFile(join(folder, other), '')
  await mkdir(join(folder, 'inner'))
  const kept = (await readdir(folder)).filter((name) => !name.startsWith('a.json.'))
  await removeUnfinished(folder)
  expect(await readdir(folder)).toEqual(kept)
})
