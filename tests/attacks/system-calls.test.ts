import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jobAccounts, type JobAccounts } from '../../apps/server/src/lib/job-accounts.ts'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import type { Sandbox } from '../../apps/server/src/lib/sandbox/sandbox.ts'
import {
  sandboxHere,
  skipFilter,
  unfilteredHere,
} from '../../apps/server/src/lib/sandbox/sandbox.test-setup.ts'
import {
  callsProgram,
  errorsIn,
  ordinaryInNode,
  ordinaryInPython,
  ordinaryNode,
  ordinaryPython,
  refusedHere,
} from './system-calls.programs.ts'

const skipped = skipFilter === null ? '' : ` (skipped: ${skipFilter})`
const isRoot = process.getuid?.() === 0
/** Nothing else on the machine uses these numbers. */
const block = { first: 2_110_003_000, size: 100 }

const [eperm, enosys] = [1, 38]
const [cloneFiles, cloneThread, newUser, childEnds] = [0x400, 0x10000, 0x10000000, 17]
const [alg, packet, vsock, netlink, inet] = [38, 17, 40, 16, 2]

/**
 * What an attacker tries, with the answer of the filter. The arguments are such that the kernel itself answers
 * otherwise: by success, or by saying what is wrong with them.
 */
const attempts = [
  ['a namespace', 'unshare', [cloneFiles], eperm],
  ['the namespaces of another process', 'setns', [-1], eperm],
  ['a process in its own user namespace', 'clone', [newUser | childEnds], eperm],
  ['a thread with descriptors of its own', 'clone', [cloneThread], eperm],
  ['a process whose flags nobody sees', 'clone3', [], enosys],
  ['a mount', 'mount', [], eperm],
  ['an unmount', 'umount2', [], eperm],
  ['another root folder', 'chroot', [], eperm],
  ['a mount in the new way', 'open_tree', [-1], enosys],
  ['being traced', 'ptrace', [0], eperm],
  ['steering a sibling', 'ptrace', [7, 'sibling'], eperm],
  ['reading the memory of a sibling', 'process_vm_readv', ['sibling'], eperm],
  ['writing into the memory of a sibling', 'process_vm_writev', ['sibling'], eperm],
  ['comparing its parts in the kernel', 'kcmp', ['self', 'self'], eperm],
  ['the files of a sibling', 'pidfd_getfd', [-1], eperm],
  ['counters of the processor', 'perf_event_open', [0, 0, -1, -1], eperm],
  ['the kernel’s keys', 'keyctl', [0, -4, 1], eperm],
  ['a new key', 'add_key', [], eperm],
  ['a ring of system calls', 'io_uring_setup', [1], enosys],
  ['an environment anywhere in its memory', 'prctl', [35, 14], eperm],
  ['executable data', 'personality', [0x0400000], eperm],
  ['typing into a terminal', 'ioctl', [-1, 0x5412], eperm],
  ['typing into a terminal, with a number that looks like another', 'ioctl', [-1, 0x700005412], eperm],
  ['a socket of packets', 'socket', [packet, 3], 97],
  ['TLS in the kernel', 'setsockopt', [-1, 6, 31], 92],
] as const

describe.skipIf(skipFilter !== null)(`system calls of a program in a sandbox${skipped}`, () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-calls-'))
    await chmod(folder, 0o755)
    await writeFile(join(folder, 'ordinary.py'), ordinaryPython)
    await writeFile(join(folder, 'ordinary.cjs'), ordinaryNode)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** Runs a program in a sandbox and returns what it printed. */
  async function printed(file: string, args: string[], to: { sandbox: Sandbox; accounts: JobAccounts }) {
    const command = { file, args, cwd: folder, env: { PATH: '/usr/bin:/bin' } }
    const read = [folder, dirname(dirname(process.execPath))]
    const wrapped = await to.sandbox.wrap(command, { read, write: [] })
    const { exitCode, stdout, stderr } = await to.accounts.lend(({ account }) =>
      runCommand({ ...wrapped, ...(account && { runAs: account }) }, { timeoutMs: 60_000 }),
    )
    expect([exitCode, stderr]).toEqual([0, []])
    return stdout.join('\n')
  }

  const owners = [
    { name: 'of the platform’s own account', accounts: jobAccounts(null) },
    ...(isRoot ? [{ name: 'of an account of its own', accounts: jobAccounts(block) }] : []),
  ]
  describe.each(owners)('$name', ({ accounts }) => {
    const filtered = { sandbox: sandboxHere, accounts }
    const answersTo = async (calls: Parameters<typeof callsProgram>[0], to = filtered) =>
      errorsIn(await printed('/usr/bin/python3', callsProgram(calls), to))

    test('are refused if exploits use them, also those that the kernel itself takes', async () => {
      const calls = attempts.map(([, name, args]) => ({ name, args }))
      const said = await answersTo(calls)
      expect(attempts.map(([what], index) => [what, said[index]])).toEqual(
        attempts.map(([what, , , answer]) => [what, answer]),
      )
      // The kernel's own answers: so it is the filter that refuses.
      const open = await answersTo(calls, { ...filtered, sandbox: unfilteredHere })
      const same = attempts.filter(([, , , answer], index) => open[index] === answer)
      expect(same.map(([what]) => what)).toEqual([])
    })

    test('are refused if they are on the list', async () => {
      const said = await answersTo(refusedHere)
      expect(refusedHere.map(({ name }, index) => ({ name, answer: said[index] }))).toEqual(refusedHere)
    })

    test('make no sockets for rarely used parts of the kernel', async () => {
      const [netfilter, sctp] = [12, 132]
      const sockets = [
        [alg, 5],
        [vsock, 1],
        [netlink, 3, netfilter],
        [inet, 1, sctp],
      ]
      const said = await answersTo(sockets.map((args) => ({ name: 'socket', args })))
      expect(said).toEqual([97, 97, 93, 93])
    })

    test('are enough for what algorithms do in Python', async () => {
      const out = await printed('/usr/bin/python3', [join(folder, 'ordinary.py')], filtered)
      expect(JSON.parse(out)).toEqual(ordinaryInPython)
    })

    test('are enough for what algorithms do in Node', async () => {
      const out = await printed(process.execPath, [join(folder, 'ordinary.cjs')], filtered)
      expect(JSON.parse(out)).toEqual(ordinaryInNode)
    })
  })
})
