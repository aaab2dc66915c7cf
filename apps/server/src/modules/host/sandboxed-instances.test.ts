import { afterEach, describe, expect, test } from 'vitest'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { signalProcess, type ProcessIdentity } from '../../lib/procfs/process-identity.ts'
import { readProcessTable } from '../../lib/procfs/process-table.ts'
import { startDetached } from '../../lib/run-command.ts'
import { sandboxHere, skipFilter, skipSandbox, unfilteredHere } from '../../lib/sandbox/sandbox.test-setup.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { findWhereabouts } from './sandboxed-instances.ts'

const started: ProcessIdentity[] = []
const folders: string[] = []
afterEach(async () => {
  for (const one of started.splice(0)) signalProcess(one, 'SIGKILL')
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

type Plain = { file: string; args: readonly string[]; cwd: string; env: Record<string, string> }
const sleep: Plain = { file: '/bin/sleep', args: ['600'], cwd: '/', env: {} }

async function begin(command: Plain): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-whereabouts-'))
  folders.push(folder)
  const log = join(folder, 'log')
  const identity = await startDetached(command, { stdout: log, stderr: log })
  started.push(identity)
  return identity.pid
}
const of = async (pid: number, livesMs = 60_000) => (await findWhereabouts([{ pid, livesMs }]))[0]

const skippedFilter = skipFilter === null ? '' : ` (skipped: ${skipFilter})`
test.skipIf(skipFilter !== null)(`a program in a sandbox is inside${skippedFilter}`, async () => {
  const pid = await begin(await sandboxHere.wrap(sleep, { read: [], write: [] }))
  expect(await waitFor(async () => (await of(pid)) === 'inside', { timeoutMs: patienceMs })).toBe(true)
})

const skipped = skipSandbox === null ? '' : ` (skipped: ${skipSandbox})`
test.skipIf(skipSandbox !== null)(
  `a program in a sandbox without a filter of system calls is not taken for one with it${skipped}`,
  async () => {
    const pid = await begin(await unfilteredHere.wrap(sleep, { read: [], write: [] }))
    expect(await waitFor(async () => (await of(pid)) === 'unfiltered', { timeoutMs: patienceMs })).toBe(true)
    expect(await of(pid, 100)).toBe('unknown')
  },
)

describe('without a sandbox', () => {
  test('a program is outside', async () => {
    expect(await of(await begin(sleep))).toBe('outside')
  })

  test('a program with children of its own is outside', async () => {
    const pid = await begin({ ...sleep, file: '/bin/sh', args: ['-c', 'sh -c "sleep 600; true"; true'] })
    // It has as many generations as a sandbox.
    const hasAll = async () => {
      const table = await readProcessTable()
      return [...table.values()].some(({ parent }) => table.get(parent)?.parent === pid)
    }
    expect(await waitFor(hasAll, { timeoutMs: patienceMs })).toBe(true)
    expect(await of(pid)).toBe('outside')
  })

  test('it is not known where a program is that has just begun', async () => {
    expect(await of(await begin(sleep), 100)).toBe('unknown')
  })
})

test('it is not known where the program of a process is that has ended', async () => {
  expect(await of(2 ** 30)).toBe('unknown')
})
