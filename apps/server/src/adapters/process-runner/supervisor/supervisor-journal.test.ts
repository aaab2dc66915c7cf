import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseJournalLine, supervisorJournal } from './supervisor-journal.ts'

const at = Date.UTC(2026, 0, 31, 12, 0, 0, 42)
const line = (text: string) => `2026-01-31 12:00:00,042 INFO ${text}`

describe('a line of the journal', () => {
  test.each([
    ["spawned: 'demo-r1-0' with pid 4711", { at, id: 'demo-r1-0', kind: 'spawned', pid: 4711 }],
    [
      'exited: demo-r1-0 (exit status 3; not expected)',
      { at, id: 'demo-r1-0', kind: 'exited', exitCode: 3, signal: null },
    ],
    ['exited: d (exit status 0; expected)', { at, id: 'd', kind: 'exited', exitCode: 0, signal: null }],
    [
      'exited: d (terminated by SIGKILL; not expected)',
      { at, id: 'd', kind: 'exited', exitCode: null, signal: 'SIGKILL' },
    ],
    [
      'exited: d (terminated by SIGSEGV (core dumped); not expected)',
      { at, id: 'd', kind: 'exited', exitCode: null, signal: 'SIGSEGV' },
    ],
    ['stopped: d (terminated by SIGTERM)', { at, id: 'd', kind: 'stopped' }],
    ['gave up: d entered FATAL state, too many start retries too quickly', { at, id: 'd', kind: 'gave_up' }],
    ['success: d entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)', null],
    ['supervisord started with pid 1', null],
  ])('%s', (text, event) => {
    expect(parseJournalLine(line(text))).toEqual(event)
  })

  test('text that is not a journal line gives null', () => {
    expect(parseJournalLine('')).toBeNull()
    expect(parseJournalLine("spawned: 'd' with pid 1")).toBeNull()
  })
})

describe('the journal', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vj-'))
    path = join(folder, 'supervisord.log')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))
  const stopped = (id: string) => `${line(`stopped: ${id} (exit status 0)`)}\n`

  test('gives each event once, only when its line is complete, and across rotations', async () => {
    const journal = supervisorJournal(path)
    const ids = async () => (await journal.read()).map((event) => event.id)
    expect(await ids()).toEqual([])
    await writeFile(path, stopped('a') + stopped('b').slice(0, 30))
    expect(await ids()).toEqual(['a'])
    await appendFile(path, stopped('b').slice(30))
    expect(await ids()).toEqual(['b'])
    await appendFile(path, stopped('c'))
    await rename(path, `${path}.1`)
    await writeFile(path, stopped('d'))
    expect(await ids()).toEqual(['c', 'd'])
    expect(await ids()).toEqual([])
  })

  test('its version changes whenever something was written', async () => {
    const journal = supervisorJournal(path)
    const before = await journal.version()
    await writeFile(path, stopped('a'))
    const after = await journal.version()
    expect(after).not.toBe(before)
    expect(await journal.version()).toBe(after)
  })
})
