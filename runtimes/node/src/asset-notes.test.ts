import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { assetNotes } from './asset-notes.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-notes-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000)

it('keeps at most so many notes, and forgets those that were used least recently', () => {
  const notes = assetNotes(folder, 10)
  for (let number = 1; number <= 10; number++) {
    notes.write(`asset-${number}`, `file-${number}`)
    utimesSync(join(folder, `asset-${number}`), daysAgo(20), daysAgo(20 - number))
  }
  expect(notes.read('asset-1')).toBe('file-1')
  notes.write('asset-11', 'file-11')
  expect(readdirSync(folder)).toHaveLength(9)
  expect(['asset-1', 'asset-2', 'asset-3', 'asset-11'].map((id) => notes.read(id))).toEqual([
    'file-1',
    null,
    null,
    'file-11',
  ])
})

it('removes what killed instances have left, and nothing that may still be used', () => {
  for (const [name, days] of [
    ['.fetch-old', 8],
    ['.fetch-new', 1],
    ['asset-old', 8],
  ] as const) {
    writeFileSync(join(folder, name), 'file')
    utimesSync(join(folder, name), daysAgo(days), daysAgo(days))
  }
  assetNotes(folder)
  expect(readdirSync(folder).toSorted()).toEqual(['.fetch-new', 'asset-old'])
})
