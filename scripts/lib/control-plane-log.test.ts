import { execFileSync } from 'node:child_process'
import {
  closeSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { controlPlaneLog } from './control-plane-log.mjs'

const isRoot = process.getuid?.() === 0
let folder: string
let logs: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-log-'))
  logs = join(folder, 'logs')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(log: ReturnType<typeof controlPlaneLog>, text: string): void {
  const file = log.open()
  writeSync(file, text)
  closeSync(file)
}

describe.each([true, false])('the log of the control plane (careful: %s)', (isCareful) => {
  test('is appended to, and its last lines are returned from a byte on, without control characters', () => {
    const log = controlPlaneLog(folder, { isCareful })
    expect(log.size()).toBe(0)
    write(log, 'earlier\n')
    const from = log.size()
    write(log, 'one\n\u001B[31mtwo\u0007\n')
    expect(log.tail(from)).toEqual(['one', ' [31mtwo '])
    expect(log.tail(from, 1)).toEqual([' [31mtwo '])
    expect(readFileSync(log.path, 'utf8')).toContain('earlier\none\n')
  })

  test('is shown from its beginning if it has been rotated since, and long lines are cut', () => {
    const log = controlPlaneLog(folder, { isCareful })
    write(log, `${'x'.repeat(1_000)}\n`)
    expect(log.tail(5_000)).toEqual([`${'x'.repeat(400)} …`])
  })

  test('is renamed when it has grown too large, and three old ones are kept', () => {
    const log = controlPlaneLog(folder, { isCareful, largest: 10 })
    for (const text of ['one', 'two', 'three', 'four', 'five']) write(log, text.repeat(10))
    closeSync(log.open())
    expect(readdirSync(logs).sort()).toEqual([
      'control-plane.log',
      'control-plane.log.1',
      'control-plane.log.2',
      'control-plane.log.3',
    ])
    expect(readFileSync(`${log.path}.1`, 'utf8')).toContain('five')
    expect(readFileSync(`${log.path}.3`, 'utf8')).toContain('three')
  })
})

describe('the log in a folder of another account', () => {
  const careful = () => controlPlaneLog(folder, { isCareful: true })
  let victim: string
  beforeEach(() => {
    victim = join(folder, 'victim')
    writeFileSync(victim, 'untouched')
  })
  const wasSpared = () => {
    expect(readFileSync(victim, 'utf8')).toBe('untouched')
    expect(lstatSync(careful().path).isFile()).toBe(true)
    expect(readFileSync(careful().path, 'utf8')).toBe('new')
  }

  test.each(['link', 'second name'])('is a new file if a %s of another file is in its place', (kind) => {
    mkdirSync(logs)
    if (kind === 'link') symlinkSync(victim, careful().path)
    else linkSync(victim, careful().path)
    write(careful(), 'new')
    wasSpared()
  })

  test('is a new file if a pipe is in its place, at which nobody would ever answer', () => {
    mkdirSync(logs)
    execFileSync('/usr/bin/mkfifo', [careful().path])
    write(careful(), 'new')
    wasSpared()
  })

  test('does not show what a link in its place leads to', () => {
    mkdirSync(logs)
    symlinkSync(victim, careful().path)
    expect(() => careful().tail(0)).toThrow()
  })

  test('is refused if its folder is a link, and nothing is made where that leads', () => {
    const elsewhere = join(folder, 'elsewhere')
    mkdirSync(elsewhere)
    symlinkSync(elsewhere, logs)
    expect(() => careful().open()).toThrow('root follows no link')
    expect(readdirSync(elsewhere)).toEqual([])
  })

  test.skipIf(!isRoot)(
    `is given to the folder’s owner, unless it has content already${isRoot ? '' : ' (skipped: the tests do not run as root)'}`,
    () => {
      lchownSync(folder, 65_533, 65_533)
      mkdirSync(logs)
      writeFileSync(careful().path, 'of root')
      closeSync(careful().open())
      expect(lstatSync(careful().path).uid).toBe(0)
      rmSync(careful().path)
      closeSync(careful().open())
      expect(lstatSync(careful().path).uid).toBe(65_533)
    },
  )

  test.skipIf(!isRoot)(
    `is refused if somebody else’s link leads to the data folder; one of root’s is followed${isRoot ? '' : ' (skipped: the tests do not run as root)'}`,
    () => {
      const link = join(folder, 'link')
      const real = join(folder, 'real')
      mkdirSync(real)
      symlinkSync(real, link)
      closeSync(controlPlaneLog(link, { isCareful: true }).open())
      expect(readdirSync(real)).toEqual(['logs'])
      lchownSync(link, 65_533, 65_533)
      expect(() => controlPlaneLog(link, { isCareful: true }).open()).toThrow('root follows no link')
    },
  )
})
