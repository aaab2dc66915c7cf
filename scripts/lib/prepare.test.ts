import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { chooseDataFolder } from './data-folder.mjs'
import { missingLinks } from './install-scripts.mjs'
import { isNewEnough } from './node-version.mjs'
import { stepsOn } from './steps.mjs'
import { missingNeeds, needLines } from './system-packages.mjs'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-prepare-'))
  chmodSync(folder, 0o755)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test.each([
  ['20.19.0', true],
  ['24.0.1', true],
  ['20.18.3', false],
  ['18.20.8', false],
])('Node %s is new enough: %s', (version, expected) => expect(isNewEnough(version)).toBe(expected))

describe('the data folder', () => {
  test('is in the checkout, even as root if others can reach it', () => {
    const expected = { folder: join(folder, 'data'), why: null }
    expect(chooseDataFolder({ root: folder, given: null, isRoot: false })).toEqual(expected)
    expect(chooseDataFolder({ root: folder, given: null, isRoot: true })).toEqual(expected)
  })

  test('is outside the checkout, with a message, if the checkout of root is closed to others', () => {
    chmodSync(folder, 0o700)
    const chosen = chooseDataFolder({ root: join(folder, 'vitrine'), given: null, isRoot: true })
    expect(chosen.folder).toBe('/var/lib/vitrine')
    expect(chosen.why).toContain(folder)
  })

  test('is the given one, relative to the checkout', () => {
    expect(chooseDataFolder({ root: folder, given: './elsewhere', isRoot: true }).folder).toBe(
      join(folder, 'elsewhere'),
    )
  })
})

test('symbolic links that npm packages cannot contain are reported as missing until they exist', () => {
  mkdirSync(join(folder, 'native', 'lib'), { recursive: true })
  const links = [{ source: 'native/lib/libpq.so.5', target: 'native/lib/libpq.so' }]
  writeFileSync(join(folder, 'native', 'pg-symlinks.json'), JSON.stringify(links))
  writeFileSync(join(folder, 'native', 'lib', 'libpq.so.5'), '')
  expect(missingLinks(folder)).toEqual(['native/lib/libpq.so'])
  symlinkSync('libpq.so.5', join(folder, 'native', 'lib', 'libpq.so'))
  expect(missingLinks(folder)).toEqual([])
})

test('a missing program and a missing Python module are reported with the consequence and the remedy, in one line if these are the same', async () => {
  const needs = [
    { packages: ['nodejs'], program: 'node', cost: () => 'nothing' },
    { packages: ['no-such'], program: 'no-such-program', cost: () => 'no programs' },
    { packages: ['python3-no-such'], module: 'no_such_module', cost: () => 'no modules' },
    { packages: ['python3-either'], module: 'no_such_either', cost: () => 'no modules' },
  ]
  const lines = needLines(await missingNeeds(needs))
  expect(lines).toEqual([
    expect.stringMatching(/^missing no-such-program: no programs \(.+\)$/),
    expect.stringMatching(/^missing Python no_such_module, Python no_such_either: no modules \(.+\)$/),
  ])
})

test('a step is one line with its duration, and notes follow it', async () => {
  let text = ''
  const steps = stepsOn({ write: (part) => (text += part) })
  await steps.step('Building', async () => steps.note('a remark'))
  await expect(steps.step('Failing', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(text).toMatch(/^• Building … \d+\.\d s\n {2}a remark\n• Failing … failed\n$/)
})

test('two concurrent steps each have a line at their start, and the first also has one at its end', async () => {
  let text = ''
  const steps = stepsOn({ write: (part) => (text += part) })
  let finish = () => {}
  const slow = steps.step('Slow', () => new Promise<void>((resolve) => (finish = resolve)))
  await steps.step('Quick', async () => undefined)
  finish()
  await slow
  expect(text).toMatch(/^• Slow …\n• Quick … \d+\.\d s\n• Slow … \d+\.\d s\n$/)
})
