import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { jobAccounts } from '../job-accounts.ts'
import { runCommand } from '../run-command.ts'
import { openSandbox, type Sandbox } from './sandbox.ts'
import { skipFilter } from './sandbox.test-setup.ts'

const path = process.env.PATH ?? ''
const skipped = skipFilter === null ? '' : ` (skipped: ${skipFilter})`

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-sandbox-test-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const open = (search = path, options: { selfTestTimeoutMs?: number } = {}) =>
  openSandbox({
    isWanted: true,
    path: search,
    hidden: [],
    filterFile: join(folder, 'filter.bpf'),
    accounts: jobAccounts(null),
    ...options,
  })

/** Puts a program in the place of bubblewrap, which is `$real` in it. */
async function openWith(script: string, options: { selfTestTimeoutMs?: number } = {}): Promise<Sandbox> {
  const lines = ['#!/bin/sh', `PATH='${path}'`, 'real=$(command -v bwrap)', script]
  await writeFile(join(folder, 'bwrap'), lines.join('\n'), { mode: 0o755 })
  return open([folder, path].join(delimiter), options)
}

/** Instead of bubblewrap, a program that does not end by itself. */
const hang = 'exec env --default-signal=TERM sleep 600'

/** What a command in the sandbox says of its own filter of system calls. */
async function filterInside(sandbox: Sandbox) {
  const command = { file: '/bin/grep', args: ['^Seccomp:', '/proc/self/status'], cwd: '/', env: {} }
  const { exitCode, stdout, stderr } = await runCommand(await sandbox.wrap(command, { read: [], write: [] }))
  return { exitCode, said: [...stdout, ...stderr].join('\n') }
}

describe.skipIf(skipFilter !== null)(`the sandbox of a machine${skipped}`, () => {
  test('has a filter of system calls', async () => {
    const sandbox = await open()
    expect(sandbox.status).toMatchObject({ state: 'on', said: null, calls: 'filtered' })
    expect(await filterInside(sandbox)).toEqual({ exitCode: 0, said: 'Seccomp:\t2' })
  })

  test('works without the filter where bubblewrap refuses it, and says so', async () => {
    const sandbox = await openWith(
      'for one; do [ "$one" = --seccomp ] && { echo "no filters here" >&2; exit 1; }; done\nexec "$real" "$@"',
    )
    expect(sandbox.status).toMatchObject({ state: 'on', said: 'no filters here', calls: 'all' })
    expect((await filterInside(sandbox)).said).not.toContain('2')
  })

  test('has the filter in spite of one failure that passes', async () => {
    const sandbox = await openWith(
      'mkdir "${0%/*}/failed" 2>/dev/null && { echo "busy" >&2; exit 1; }\nexec "$real" "$@"',
    )
    expect(sandbox.status).toMatchObject({ state: 'on', said: null, calls: 'filtered' })
  })

  test('does not lose the filter because a self-test took too long', async () => {
    const script = `for one; do [ "$one" = --seccomp ] && ${hang}; done\nexec "$real" "$@"`
    await expect(openWith(script, { selfTestTimeoutMs: 300 })).rejects.toThrow('did not end within 0.3 s')
  })

  test('is none where bubblewrap does not work at all', async () => {
    const sandbox = await openWith('echo "no namespaces here" >&2; exit 1')
    expect(sandbox.status).toEqual({
      state: 'refused',
      said: 'no namespaces here',
      calls: 'all',
      network: 'shared',
    })
  })

  test('runs nothing that is to be cut off from the network where it cannot be, and everything else', async () => {
    const sandbox = await openWith(
      'for one; do [ "$one" = --unshare-net ] && { echo "no networks" >&2; exit 1; }; done\nexec "$real" "$@"',
    )
    expect(sandbox.status).toEqual({ state: 'on', said: null, calls: 'filtered', network: 'shared' })
    expect((await filterInside(sandbox)).exitCode).toBe(0)
    const command = { file: '/bin/true', args: [], cwd: '/' }
    const view = { read: [], write: [], isCutOff: true }
    await expect(sandbox.wrap(command, view)).rejects.toThrow('without its network')
  })

  test('runs nothing if the file of the filter is gone or is no filter', async () => {
    const sandbox = await open()
    await rm(join(folder, 'filter.bpf'))
    const without = await filterInside(sandbox)
    expect(without.exitCode).not.toBe(0)
    expect(without.said).toContain('filter.bpf')
    await writeFile(join(folder, 'filter.bpf'), 'nonsense')
    const broken = await filterInside(sandbox)
    expect(broken.exitCode).not.toBe(0)
    expect(broken.said).not.toContain('Seccomp:')
  })
})

test('commands do not run without a sandbox because a self-test took too long', async () => {
  const script = `for one; do [ "$one" = --seccomp ] && exit 1; done\n${hang}`
  await expect(openWith(script, { selfTestTimeoutMs: 2_000 })).rejects.toThrow('VITRINE_SANDBOX=off')
})

test('without a sandbox, nothing runs that is to be cut off from the network', async () => {
  const command = { file: '/bin/true', args: [], cwd: '/' }
  const sandbox = await open(folder)
  await expect(sandbox.wrap(command, { read: [], write: [], isCutOff: true })).rejects.toThrow('network')
  expect(await sandbox.wrap(command, { read: [], write: [] })).toBe(command)
})

test('a machine without bubblewrap has no sandbox', async () => {
  expect((await open(folder)).status).toEqual({
    state: 'missing',
    said: null,
    calls: 'all',
    network: 'shared',
  })
})
