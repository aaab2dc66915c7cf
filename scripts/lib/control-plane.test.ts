import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { patienceMs } from '../../tests/support/patience.ts'
import { signalPid } from '../../tests/support/signals.ts'
import { controlPlaneLog } from './control-plane-log.mjs'
import { keepControlPlane, pauseMs, type End } from './control-plane.mjs'
import { waitUntil } from './processes.mjs'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-plane-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** What a control plane does to talk to the start script. */
const talking = `
  import { Socket } from 'node:net'
  const parent = new Socket({ fd: Number(process.env.VITRINE_PARENT_FD) })
  const send = (value, then) => parent.write(JSON.stringify(value) + '\\n', then)
`
const ready = "send({ type: 'ready', url: 'http://x', setupUrl: null, administratorMade: false, notes: [] })"

/** Keeps a fake control plane running. `script` is its code. */
function keep(script: string, command: readonly string[] = [], nodeFile = process.execPath) {
  const entry = join(folder, 'entry.mjs')
  writeFileSync(entry, talking + script)
  const readies: boolean[] = []
  const names: (string | null)[] = []
  const deaths: End[] = []
  const waits: string[] = []
  const plane = keepControlPlane({
    nodeFile,
    root: folder,
    env: {},
    log: controlPlaneLog(folder),
    entry,
    command,
    onReady({ name }, isFirst) {
      readies.push(isFirst)
      names.push(name)
    },
    onDeath: (end) => deaths.push(end),
    onWaiting: ({ en }) => waits.push(en),
  })
  return { plane, readies, names, deaths, waits }
}

describe('keeping the control plane running', () => {
  test('errors in the log name the lines of the sources', async () => {
    const code = "throw new Error('broken')"
    const map = {
      version: 3,
      sources: ['../src/original.ts'],
      names: [],
      mappings: `${';'.repeat(talking.split('\n').length - 1)}AAAA`,
    }
    const url = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`
    const { plane } = keep(`${code}\n//# sourceMappingURL=${url}\n`)
    expect(await plane.done).toMatchObject({ code: 1, wasReady: false })
    expect(readFileSync(controlPlaneLog(folder).path, 'utf8')).toMatch(/at .*src\/original\.ts:1:/)
  })

  test('restarts one that dies after it was ready, until it is stopped', async () => {
    const mark = join(folder, 'mark')
    const { plane, readies, deaths } = keep(`
      import { existsSync, writeFileSync } from 'node:fs'
      ${ready}
      setInterval(() => {}, 1000)
      if (!existsSync('mark')) { writeFileSync('mark', ''); process.kill(process.pid, 'SIGKILL') }`)
    expect(await waitUntil(() => readies.length === 2, patienceMs)).toBe(true)
    plane.stop('SIGTERM')
    expect(await plane.done).toBeNull()
    expect(readies).toEqual([true, false])
    expect(deaths).toEqual([expect.objectContaining({ signal: 'SIGKILL', wasReady: true })])
    expect(statSync(mark).isFile()).toBe(true)
  })

  test('tries again to start one that could not be started for a moment', async () => {
    const nodeFile = join(folder, 'node')
    symlinkSync(process.execPath, nodeFile)
    const { plane, readies, deaths } = keep(
      `${ready}; process.on('SIGUSR2', () => process.exit(1))
      setInterval(() => {}, 1000); writeFileSync('pid', String(process.pid))
      import { writeFileSync } from 'node:fs'`,
      [],
      nodeFile,
    )
    // The file is there a moment before its text is.
    const written = () => {
      const path = join(folder, 'pid')
      return existsSync(path) ? readFileSync(path, 'utf8') : ''
    }
    expect(await waitUntil(() => readies.length === 1 && written() !== '', patienceMs)).toBe(true)
    rmSync(nodeFile)
    signalPid(Number(written()), 'SIGUSR2')
    expect(await waitUntil(() => deaths.length === 2, patienceMs)).toBe(true)
    symlinkSync(process.execPath, nodeFile)
    expect(await waitUntil(() => readies.length === 2, patienceMs)).toBe(true)
    plane.stop('SIGTERM')
    expect(await plane.done).toBeNull()
    expect(deaths).toEqual([
      expect.objectContaining({ code: 1 }),
      expect.objectContaining({ code: null, problem: expect.stringContaining('ENOENT') }),
    ])
  })

  test('says why one cannot be started at all', async () => {
    const { plane } = keep('', [], join(folder, 'no-node'))
    expect(await plane.done).toMatchObject({ problem: expect.stringContaining('ENOENT') })
  })

  test('does not restart one that dies before it was ever ready', async () => {
    const { plane, deaths } = keep("console.error('no luck'); process.exit(78)")
    expect(await plane.done).toMatchObject({ code: 78, wasReady: false })
    expect(deaths).toEqual([])
    expect(controlPlaneLog(folder).tail(0)).toEqual(['no luck'])
  })

  test('does not restart one whose database another control plane uses, and returns its last message', async () => {
    const { plane, deaths } = keep(`${ready}
      send({ type: 'refused', zh: '已被接管', en: 'taken over' }, () => process.exit(75))`)
    expect(await plane.done).toMatchObject({
      code: 75,
      wasReady: true,
      refused: { zh: '已被接管', en: 'taken over' },
    })
    expect([deaths, plane.wasEverReady()]).toEqual([[], true])
  })

  test('reports what its start waits for', async () => {
    const { plane, waits } = keep(`
      send({ type: 'waiting', zh: '等待', en: 'waiting for another' }, () => process.exit(75))`)
    expect(await plane.done).toMatchObject({ code: 75, wasReady: false })
    expect(waits).toEqual(['waiting for another'])
  })

  test('starts it with the words in front of its command, in the same process and with the same channel', async () => {
    const words = ['/usr/bin/env', 'MARK=entered', '/bin/sh', '-c', 'exec "$@"', 'sh']
    const { plane, waits } = keep(
      `send({ type: 'waiting', zh: '', en: process.env.MARK }, () => process.exit(75))`,
      words,
    )
    expect(await plane.done).toMatchObject({ code: 75 })
    expect(waits).toEqual(['entered'])
  })

  test('shows the name of the platform without control characters, and uses the product’s own name if there is none', async () => {
    const named = ready
      .replace('notes', "name: '\\u001b[2Jours', notes")
      .replace(/\)$/, ', () => process.exit(75))')
    const { plane, names } = keep(named)
    await plane.done
    expect(names).toEqual([' [2Jours'])
  })

  test('ignores lines that are not messages, and shows no control characters of a message', async () => {
    const { plane, readies, waits } = keep(`
      for (const value of ['ready', null, 7, { type: 'ready', url: 7 }, { type: 'run', zh: 'id', en: 'id' }])
        send(value)
      send({ type: 'waiting', zh: '', en: '\\u001b]0;owned\\u0007wait\\nReady' }, () => process.exit(75))`)
    expect(await plane.done).toMatchObject({ code: 75, wasReady: false })
    expect(readies).toEqual([])
    expect(waits).toEqual([' ]0;owned wait Ready'])
  })

  test('limits the length and the number of messages', async () => {
    const wait = "send({ type: 'waiting', zh: '', en: 'again' })"
    const long = keep(`
      parent.on('close', () => process.exit(75)).on('error', () => undefined).resume()
      const more = (error) => error || parent.write('x'.repeat(60_000), more)
      more()`)
    expect(await long.plane.done).toMatchObject({ code: 75 })
    const many = keep(`
      parent.on('close', () => process.exit(75)).on('error', () => undefined).resume()
      for (let at = 0; at < 1_000; at++) ${wait}`)
    expect(await many.plane.done).toMatchObject({ code: 75 })
    expect(many.waits.length).toBe(100)
  })

  test('does not wait for another process that has the connection of one that has ended', async () => {
    const { plane, waits } = keep(`
      import { spawn } from 'node:child_process'
      const { pid } = spawn('/bin/sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', parent], detached: true })
      send({ type: 'waiting', zh: '', en: String(pid) }, () => process.exit(75))`)
    expect(await plane.done).toMatchObject({ code: 75 })
    signalPid(Number(waits[0]), 'SIGKILL')
  })

  test('ends at once if it is stopped during a pause', async () => {
    const { plane, deaths } = keep(`${ready}; setTimeout(() => process.exit(1), 50)`)
    expect(await waitUntil(() => deaths.length > 0, patienceMs)).toBe(true)
    plane.stop('SIGINT')
    expect(await plane.done).toBeNull()
  })
})

test('pauses double from half a second, to half a minute at most', () => {
  expect([1, 2, 3, 7, 20].map(pauseMs)).toEqual([500, 1_000, 2_000, 30_000, 30_000])
})
