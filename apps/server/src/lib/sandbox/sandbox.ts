import { join } from 'node:path'
import type { Host } from '@vitrine/contract'
import { findProgram } from '../find-program.ts'
import type { JobAccounts } from '../job-accounts.ts'
import { runCommand, type Command } from '../run-command.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import { sandboxCommand, type SandboxView } from './sandbox-command.ts'
import { examineSandboxMachine } from './sandbox-machine.ts'
import { seccompFilter } from './seccomp-filter.ts'

/** Whether commands run in a sandbox here, and if not, why. */
type SandboxStatus = Host['sandbox']

/** Runs commands in a sandbox if this machine can. */
export type Sandbox = {
  readonly status: SandboxStatus
  /** Returns the command that runs this one in a sandbox, or the same command if there is no sandbox here. */
  wrap<C extends Pick<Command, 'file' | 'args' | 'cwd'>>(command: C, view: SandboxView): Promise<C>
}

/** What every sandbox of the platform is made with. */
type SandboxInput = {
  isWanted: boolean
  /** Where programs are searched (as in PATH). */
  path: string
  /**
   * Folders that are empty in a sandbox, except for what is to be visible in them: a folder of the system may contain
   * the data folder.
   */
  hidden: readonly string[]
  /**
   * Where the filter of system calls is written: in a folder that every account can pass through and only the platform
   * can write to.
   */
  filterFile: string
  accounts: JobAccounts
  /** How long one run of the self-test may take at the start, in milliseconds. */
  selfTestTimeoutMs?: number
}

const usualSelfTestTimeoutMs = 20_000
/** How often the self-test is run before its failure counts: the next start is the first chance to correct it. */
const selfTestRuns = 2

/** A command that must be cut off from the network does not run where it cannot be. */
function requireNetwork({ isCutOff }: SandboxView, { network }: SandboxStatus): void {
  if (isCutOff && network === 'shared')
    throw new Error('this machine cannot run programs without its network, as was decided for this one')
}

/**
 * What the view says of a program that never needs the network, such as one that reads a file of somebody: it is cut off
 * where this machine can do that. Where it cannot, the program runs all the same.
 */
export const withoutNetwork = ({ status }: Sandbox): Required<Pick<SandboxView, 'isCutOff'>> => ({
  isCutOff: status.network === 'separate',
})

function sandboxOf(status: SandboxStatus, wrap: Sandbox['wrap']): Sandbox {
  return {
    status,
    async wrap(command, view) {
      requireNetwork(view, status)
      return wrap(command, view)
    },
  }
}

const without = (status: Omit<SandboxStatus, 'calls' | 'network'>): Sandbox =>
  sandboxOf({ ...status, calls: 'all', network: 'shared' }, async (command) => command)

/** For parts that need none. */
export const noSandbox: Sandbox = without({ state: 'off', said: null })

/** Returns how commands are wrapped, with the filter in a file or without one. */
const wrapperOf =
  (bwrap: string, { hidden }: SandboxInput, filter: string | null): Sandbox['wrap'] =>
  async (command, view) =>
    // Examined each time, because a driver creates its devices when it is first used.
    sandboxCommand(command, view, await examineSandboxMachine({ bwrap, hidden, filter }))

/** What a self-test is about: a command, and whether it is cut off from the network. */
type SelfTest = { wrap: Sandbox['wrap']; isCutOff: boolean }

/** Runs a command in a sandbox. Returns null if it works, else what was said instead and whether it took too long. */
async function runSelfTest(
  { wrap, isCutOff }: SelfTest,
  { hidden, accounts, selfTestTimeoutMs }: SandboxInput,
) {
  const nothing = { file: '/usr/bin/true', args: [], cwd: '/', env: {} }
  const view = { read: hidden.map((folder) => join(folder, 'services')), write: [], isCutOff }
  const wrapped = await wrap(nothing, view)
  const timeoutMs = selfTestTimeoutMs ?? usualSelfTestTimeoutMs
  const { exitCode, stderr, startError, ended } = await accounts.lend(({ account }) =>
    runCommand({ ...wrapped, ...(account && { runAs: account }) }, { timeoutMs }),
  )
  if (exitCode === 0) return null
  return { said: startError ?? stderr.at(-1) ?? `exit ${exitCode}`, isLate: ended === 'timeout' }
}

/**
 * Finds out whether sandboxes of this kind work. Returns null if they do, else what was said instead. Rejects if the
 * self-test has no result in its time: that tells of a busy machine, and not of what it can do.
 */
async function selfTest(
  tested: SelfTest,
  input: SandboxInput,
  runsLeft = selfTestRuns,
): Promise<string | null> {
  const failure = await runSelfTest(tested, input)
  if (failure === null) return null
  if (runsLeft > 1) return selfTest(tested, input, runsLeft - 1)
  if (!failure.isLate) return failure.said
  const seconds = (input.selfTestTimeoutMs ?? usualSelfTestTimeoutMs) / 1_000
  throw new Error(
    `The self-test of the sandbox (bubblewrap) did not end within ${seconds} s, so it is not known whether this machine ` +
      'can protect itself from algorithms. Start again when the machine is less busy, or set VITRINE_SANDBOX=off.',
  )
}

/** Finds out whether sandboxes of this kind work, and whether they can be cut off from the network. */
async function selfTestBoth(
  wrap: Sandbox['wrap'],
  input: SandboxInput,
): Promise<Pick<SandboxStatus, 'network'> | { refused: string }> {
  // Where this works, the other one does.
  if ((await selfTest({ wrap, isCutOff: true }, input)) === null) return { network: 'separate' }
  const refused = await selfTest({ wrap, isCutOff: false }, input)
  return refused === null ? { network: 'shared' } : { refused }
}

/** Writes the filter of this machine. Returns whether there is one for its architecture. */
async function writeFilter(file: string): Promise<boolean> {
  const filter = seccompFilter(process.arch)
  if (filter === null) return false
  await writeFileAtomically(file, filter)
  return true
}

/**
 * Finds out whether this machine can run commands in a sandbox, by running one with an account of `accounts`. If it can
 * only without the filter of system calls, commands run without it, and the status says why.
 * Never rejects because a sandbox is impossible: then the status says why. Rejects if the filter cannot be written, or
 * if the self-test has no result in its time, because less protection must be a property of the machine and no accident.
 */
export async function openSandbox(input: SandboxInput): Promise<Sandbox> {
  if (!input.isWanted) return noSandbox
  const bwrap = await findProgram('bwrap', input.path)
  if (bwrap === null) return without({ state: 'missing', said: null })
  const filtering = wrapperOf(bwrap, input, input.filterFile)
  const said = (await writeFilter(input.filterFile))
    ? await selfTestBoth(filtering, input)
    : { refused: `no filter for ${process.arch}` }
  if ('network' in said)
    return sandboxOf({ state: 'on', said: null, calls: 'filtered', network: said.network }, filtering)
  const open = wrapperOf(bwrap, input, null)
  const found = await selfTestBoth(open, input)
  if ('refused' in found) return without({ state: 'refused', said: found.refused })
  return sandboxOf({ state: 'on', said: said.refused, calls: 'all', network: found.network }, open)
}
