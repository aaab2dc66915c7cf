import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keepControlPlane, logTail, pauseMs, rotateLog, type End } from './control-plane.mjs'
import { waitUntil } from './processes.mjs'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-plane-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const ready =
  "process.send({ type: 'ready', url: 'http://x', setupUrl: null, administratorMade: false, notes: [] })"

/** Keeps a fake control plane running. `script` is its code. */
function keep(script: string) {
  const entry = join(folder, 'entry.mjs')
  writeFileSync(entry, script)
  const readies: boolean[] = []
  const deaths: End[] = []
  const waits: string[] = []
  const plane = keepControlPlane({
    nodeFile: process.execPath,
    root: folder,
    env: {},
    logFile: join(folder, 'plane.log'),
    entry,
    onReady: (_, isFirst) => readies.push(isFirst),
    onDeath: (end) => deaths.push(end),
    onWaiting: ({ en }) => waits.push(en),
  })
  return { plane, readies, deaths, waits }
}

describe('keeping the control plane running', () => {
  test('restarts one that dies after it was ready, until it is stopped', async () => {
    const mark = join(folder, 'mark')
    const { plane, readies, deaths } = keep(`
      import { existsSync, writeFileSync } from 'node:fs'
      ${ready}
      setInterval(() => {}, 1000)
      if (!existsSync('mark')) { writeFileSync('mark', ''); process.kill(process.pid, 'SIGKILL') }`)
    await waitUntil(() => readies.length === 2, 20_000)
    plane.stop('SIGTERM')
    expect(await plane.done).toBeNull()
    expect(readies).toEqual([true, false])
    expect(deaths).toEqual([expect.objectContaining({ signal: 'SIGKILL', wasReady: true })])
    expect(statSync(mark).isFile()).toBe(true)
  })

  test('does not restart one that dies before it was ever ready', async () => {
    const { plane, deaths } = keep("console.error('no luck'); process.exit(78)")
    expect(await plane.done).toMatchObject({ code: 78, wasReady: false })
    expect(deaths).toEqual([])
    expect(logTail(join(folder, 'plane.log'), 0)).toEqual(['no luck'])
  })

  test('does not restart one whose database another has taken, and returns its last message', async () => {
    const { plane, deaths } = keep(`${ready}
      process.send({ type: 'refused', zh: '已被接管', en: 'taken over' }, () => process.exit(75))`)
    expect(await plane.done).toMatchObject({
      code: 75,
      wasReady: true,
      refused: { zh: '已被接管', en: 'taken over' },
    })
    expect([deaths, plane.wasEverReady()]).toEqual([[], true])
  })

  test('reports what its start waits for', async () => {
    const { plane, waits } = keep(`
      process.send({ type: 'waiting', zh: '等待', en: 'waiting for another' }, () => process.exit(75))`)
    expect(await plane.done).toMatchObject({ code: 75, wasReady: false })
    expect(waits).toEqual(['waiting for another'])
  })

  test('ends at once if it is stopped during a pause', async () => {
    const { plane, deaths } = keep(`${ready}; setTimeout(() => process.exit(1), 50)`)
    await waitUntil(() => deaths.length > 0, 20_000)
    plane.stop('SIGINT')
    expect(await plane.done).toBeNull()
  })
})

test('pauses double from half a second, to half a minute at most', () => {
  expect([1, 2, 3, 7, 20].map(pauseMs)).toEqual([500, 1_000, 2_000, 30_000, 30_000])
})

test('a log that has grown too large is renamed, and three old ones are kept', () => {
  const file = join(folder, 'plane.log')
  for (const text of ['one', 'two', 'three', 'four', 'five']) {
    writeFileSync(file, text.repeat(10))
    rotateLog(file, 10)
  }
  rotateLog(file, 10)
  expect(readdirSync(folder).sort()).toEqual(['plane.log.1', 'plane.log.2', 'plane.log.3'])
  expect(readFileSync(`${file}.1`, 'utf8')).toContain('five')
  expect(readFileSync(`${file}.3`, 'utf8')).toContain('three')
})
