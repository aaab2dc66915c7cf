import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isAlive, signalProcess } from '../../lib/procfs/process-identity.ts'
import { runCommand, startDetached } from '../../lib/run-command.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { followLogs } from './log-follow.ts'
import { logRotator } from './log-rotation.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vo-'))
  path = join(folder, 'a.log')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const small = { maxBytes: 5, backups: 5 }
const names = async () => (await readdir(folder)).sort()
const env = { PATH: '/usr/bin:/bin' }

/** Whether this file system can remove the beginning of a file. */
async function canCutOff(): Promise<boolean> {
  const here = await mkdtemp(join(tmpdir(), 'vo-'))
  try {
    await writeFile(join(here, 'a'), Buffer.alloc(20_000))
    const args = ['--collapse-range', '--offset', '0', '--length', '4096', join(here, 'a')]
    return (await runCommand({ file: 'fallocate', args, cwd: here, env })).exitCode === 0
  } finally {
    await rm(here, { recursive: true, force: true })
  }
}

test('a missing or small file is not rotated', async () => {
  await logRotator(small).rotate(path)
  await writeFile(path, '1234')
  await logRotator(small).rotate(path)
  expect(await names()).toEqual(['a.log'])
})

test('five old files are kept, the newest as .1; further ones from an earlier setting are deleted', async () => {
  await writeFile(`${path}.6`, 'old')
  for (const round of [1, 2, 3, 4, 5, 6, 7]) {
    await writeFile(path, `round ${round}`)
    await logRotator(small).rotate(path)
  }
  expect(await names()).toEqual(['a.log', ...[1, 2, 3, 4, 5].map((number) => `a.log.${number}`)])
  expect(await readFile(path, 'utf8')).toBe('')
  expect(await readFile(`${path}.1`, 'utf8')).toBe('round 7')
  expect(await readFile(`${path}.5`, 'utf8')).toBe('round 3')
})

test.each([
  ['only its end is kept', true],
  ['nothing of it is kept, if its beginning cannot be removed', false],
])('of a log that nobody has rotated for long, %s', async (_what, canCut) => {
  const cuts = canCut && (await canCutOff())
  await writeFile(path, `${'x'.repeat(99_999)}\n`.repeat(10) + 'the end\n')
  const rotation = { maxBytes: 20_000, backups: 3, mostBytes: 1_000_000 }
  await logRotator(rotation, { canCutOff: canCut }).rotate(path)
  const kept = await Promise.all((await names()).map((name) => readFile(join(folder, name), 'utf8')))
  const bytes = kept.join('').length
  expect([bytes < 30_000, bytes > 0, kept.some((part) => part.endsWith('the end\n'))]).toEqual([
    true,
    cuts,
    cuts,
  ])
})

/** What a log and its old files take on the disk, in bytes. */
const taken = async () => {
  const all = await Promise.all((await names()).map((name) => stat(join(folder, name))))
  return all.reduce((sum, { blocks }) => sum + blocks * 512, 0)
}

test.each([
  ['its beginning can be removed', true],
  ['it cannot', false],
])('a log of holes, as large as its writer says, fills nothing if %s', async (_whether, canCut) => {
  await writeFile(path, 'the beginning\n')
  await truncate(path, 2 * 1024 ** 3)
  const rotation = { maxBytes: 100_000, backups: 3, mostBytes: 400_000 }
  await logRotator(rotation, { canCutOff: canCut }).rotate(path)
  expect(await taken()).toBeLessThan(1_000_000)
})

/** Writes without an end, faster than anybody copies. */
const flood = `const fs = require('node:fs'); const log = fs.openSync(process.argv[1], 'a')
  const text = Buffer.alloc(4 * 1024 ** 2, 'flood '); for (;;) fs.writeSync(log, text)`

test('a log that grows faster than it is copied neither holds up the platform nor fills the disk', async () => {
  await writeFile(path, '')
  const rotation = { maxBytes: 100_000, backups: 3, mostBytes: 400_000 }
  const command = { file: process.execPath, args: ['-e', flood, path], cwd: folder, env }
  const output = { stdout: join(folder, 'out'), stderr: join(folder, 'err') }
  const writer = await startDetached(command, output)
  try {
    const hasGrown = async () => (await stat(path)).size > 1_000_000
    expect(await waitFor(hasGrown, { timeoutMs: 60_000 })).toBe(true)
    for (let round = 0; round < 3; round++) await logRotator(rotation, { canCutOff: false }).rotate(path)
  } finally {
    signalProcess(writer, 'SIGKILL')
  }
  const old = (await names()).filter((name) => /^a\.log\.\d$/.test(name))
  for (const name of old) expect((await stat(join(folder, name))).size).toBeLessThan(1_000_000)
})

describe('the copy left by a killed rotation', () => {
  test('is deleted if the log still contains it', async () => {
    await writeFile(path, 'abcd')
    await writeFile(`${path}.rotating`, 'ab')
    await logRotator(small).rotate(path)
    expect(await names()).toEqual(['a.log'])
    expect(await readFile(path, 'utf8')).toBe('abcd')
  })

  test('is kept if the log was already shortened', async () => {
    await writeFile(path, 'cd')
    await writeFile(`${path}.rotating`, 'ab')
    await writeFile(`${path}.1`, '-')
    await logRotator(small).rotate(path)
    expect(await names()).toEqual(['a.log', 'a.log.1', 'a.log.2'])
    expect(await readFile(`${path}.1`, 'utf8')).toBe('ab')
  })
})

/**
 * Rotates while a process writes numbered lines and a reader follows. Returns the lines in the files and
 * those that were followed.
 */
async function rotateUnderWriter(lines: number, cut: boolean) {
  const script = `
    const { writeSync } = require('node:fs')
    let number = 1
    const step = () => {
      for (let one = 0; one < 40 && number <= ${lines}; one++) writeSync(1, 'line ' + number++ + ' 算法\\n')
      if (number <= ${lines}) setTimeout(step, 2)
    }
    setTimeout(step, 100)`
  const output = { stdout: path, stderr: join(folder, 'err.log') }
  await writeFile(path, '')
  const stop = new AbortController()
  const source = { replica: 1, stream: 'stdout' as const, path }
  const followed: string[] = []
  const following = (async () => {
    for await (const told of followLogs(async () => [source], { q: '' }, { limit: 0, signal: stop.signal })) {
      if (told.kind === 'lines') followed.push(...told.lines.map(({ text }) => text))
      if (followed.at(-1) === 'the end') return
    }
  })()
  const command = { file: process.execPath, args: ['-e', script], cwd: folder, env }
  const writer = await startDetached(command, output)
  const rotator = logRotator({ maxBytes: 32 * 1024, backups: 1000 }, { canCutOff: cut })
  while (await isAlive(writer)) await rotator.rotate(path)
  await appendFile(path, 'the end\n')
  const giveUp = setTimeout(() => stop.abort(), 60_000)
  await following
  clearTimeout(giveUp)
  const rotated = (await names()).filter((name) => /^a\.log\.\d+$/.test(name)).length
  const files = Array.from({ length: rotated }, (_, index) => `${path}.${rotated - index}`)
  const bytes = await Promise.all([...files, path].map((file) => readFile(file)))
  const kept = Buffer.concat(bytes).toString('utf8').trimEnd().split('\n')
  return { rotated, kept, followed }
}
const written = (lines: number) => [
  ...Array.from({ length: lines }, (_, index) => `line ${index + 1} 算法`),
  'the end',
]

const cutsOff = await canCutOff()

describe('while a process writes', () => {
  test.skipIf(!cutsOff)(
    'no line is lost or repeated, in the files and for a follower, if the beginning of a file can be removed (skipped if not)',
    async () => {
      const { rotated, kept, followed } = await rotateUnderWriter(30_000, true)
      expect(rotated).toBeGreaterThan(2)
      expect(kept).toEqual(written(30_000))
      expect(followed).toEqual(kept)
    },
  )

  test('if it cannot, few lines are lost at a rotation, and none is broken, repeated or out of order', async () => {
    const lines = 30_000
    const { rotated, kept, followed } = await rotateUnderWriter(lines, false)
    expect(rotated).toBeGreaterThan(2)
    const all = new Set(written(lines))
    expect(kept.filter((line) => !all.has(line))).toEqual([])
    const numbers = kept.slice(0, -1).map((line) => Number(line.split(' ')[1]))
    expect(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0))).toBe(true)
    expect(kept.length).toBeGreaterThan(lines * 0.9)
    expect(followed).toEqual(kept)
  })
})
