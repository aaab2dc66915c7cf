import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { noteNumbers, rootItself } from './platform-numbers.mjs'
import { forgetPlatform, startRecord, takeDataFolder } from './start-lock.mjs'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-lock-'))
})
afterEach(() => {
  rmSync(dirname(startRecord(folder)), { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
})

test('a data folder has one start at a time, whatever path leads to it', () => {
  const link = `${folder}-link`
  symlinkSync(folder, link)
  try {
    const giveUp = takeDataFolder(folder)
    expect(() => takeDataFolder(link)).toThrow(`runs as process ${process.pid}`)
    giveUp()
    takeDataFolder(link)()
  } finally {
    rmSync(link)
  }
})

const isRoot = process.getuid?.() === 0
test.skipIf(!isRoot)(
  `root keeps its record outside of the data folder, and follows no link there${isRoot ? '' : ' (skipped: the tests do not run as root)'}`,
  () => {
    const elsewhere = join(folder, 'elsewhere')
    mkdirSync(elsewhere)
    symlinkSync(elsewhere, join(folder, 'run'))
    const giveUp = takeDataFolder(folder)
    noteNumbers(folder, rootItself)
    expect(readdirSync(elsewhere)).toEqual([])
    expect(readdirSync(folder).sort()).toEqual(['elsewhere', 'run'])
    giveUp()
    expect(existsSync(startRecord(folder))).toBe(false)
    forgetPlatform(folder)
    expect(existsSync(dirname(startRecord(folder)))).toBe(false)
  },
)
