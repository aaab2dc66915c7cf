import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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

/** What a start does that begins at a time (in milliseconds since 1970) and then waits until its input ends. */
const start = `
  import { takeDataFolder } from ${JSON.stringify(join(import.meta.dirname, 'start-lock.mjs'))}
  const [, folder, at] = process.argv
  while (Date.now() < Number(at));
  try {
    takeDataFolder(folder)
    console.log('taken')
  } catch (error) {
    console.log(error.message)
  }
  process.stdin.resume()`

test('of several starts that find the record of one that has ended, one has the folder and the others say so', async () => {
  const file = startRecord(folder)
  mkdirSync(dirname(file), { recursive: true })
  for (let round = 0; round < 3; round++) {
    writeFileSync(file, JSON.stringify({ pid: process.pid, startTime: '1' }))
    const at = String(Date.now() + 1_500)
    const starts = Array.from({ length: 8 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', start, folder, at], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    )
    const said = await Promise.all(
      starts.map(async ({ stdout }) => String((await once(stdout, 'data'))[0]).trim()),
    )
    expect(said.filter((line) => line === 'taken')).toHaveLength(1)
    expect(said.filter((line) => line.includes('npm run down'))).toHaveLength(7)
    for (const { stdin } of starts) stdin.end()
    await Promise.all(starts.map(async (one) => one.exitCode ?? once(one, 'exit')))
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
