import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keptFiles } from './kept-files.ts'

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'vitrine-kept-files-'))
})
afterEach(() => fs.rmSync(folder, { recursive: true }))

function source(text: string): string {
  const path = join(folder, 'source')
  fs.writeFileSync(path, text)
  return path
}

test('the least recently used files are deleted, and the folder is not looked through for each file', () => {
  const bound = 3_200
  const kept = keptFiles(join(folder, 'kept'), bound)
  const bytes = () => fs.readdirSync(kept.folder).length * 20
  const first = kept.copy(source('first'.padEnd(20)), '.txt')
  fs.utimesSync(first, new Date(0), new Date(0))
  const after = Array.from({ length: 200 }, (_none, number) => {
    kept.copy(source(String(number).padEnd(20)), '.txt')
    return bytes()
  })
  // Between two looks there may be more than the bound: a 64th of it, and the file after which is looked.
  expect([Math.max(...after) > bound, Math.max(...after) <= bound + bound / 64 + 20]).toEqual([true, true])
  expect([bytes() > 2_500, kept.touch(first)]).toEqual([true, false])
})

test('a file that another instance has deleted is not there, and one that is there was used just now', () => {
  const kept = keptFiles(join(folder, 'kept'))
  const path = kept.copy(source('a'), '.txt')
  fs.utimesSync(path, new Date(0), new Date(0))
  expect(kept.touch(path)).toBe(true)
  expect(Date.now() - fs.statSync(path).mtimeMs).toBeLessThan(60_000)
  expect(kept.touch(join(kept.folder, 'gone'))).toBe(false)
})
