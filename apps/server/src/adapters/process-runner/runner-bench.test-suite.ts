import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { waitFor } from '../../lib/wait-for.ts'
import { dirname } from 'node:path'
import type { ProcessReport, ProcessRunner, ProcessSpec } from './process-runner.ts'
import { ownProcesses } from './process-in-sandbox.ts'
import { findTree, markerOf } from './process-tree.ts'
import { testPorts, type TestPorts } from './runner-ports.test-source.ts'

/** A driver under test. */
export type DriverUnderTest = {
  name: string
  create(folder: string, ports: TestPorts): ProcessRunner
  /** Why it cannot be tested here; null if it can. */
  skip: string | null
  /** Whether it runs real processes and remembers them in the folder; false for the fake. */
  real: boolean
  /** Kills what the driver itself started, without warning; null if it starts nothing. */
  killEngine: ((folder: string) => Promise<void>) | null
  /** It has been told that this machine has no cgroups, as an ordinary user finds it. */
  withoutCgroups?: true
  /** Every process runs in a sandbox. */
  isSandboxed?: true
}

/** A process that is given up is started five times, with pauses of seconds. */
const patienceMs = 60_000

/** Waits for an answer. The error says what was waited for. */
export async function until<T>(ask: () => Promise<T | null | undefined | false>, what: string): Promise<T> {
  const answer = await waitFor(ask, { timeoutMs: patienceMs, everyMs: 30 })
  if (answer === null) throw new Error(`waited ${patienceMs} ms in vain: ${what}`)
  return answer
}

/**
 * What the tests of a runner use. Each test gets a new folder and an open runner, which are removed
 * afterwards.
 */
export type RunnerBench = ReturnType<typeof runnerBench>

/** Must be called inside a `describe`. */
export function runnerBench(driver: DriverUnderTest) {
  let folder: string
  let runner: ProcessRunner
  let ports: TestPorts
  const others: ProcessRunner[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vr-'))
    await chmod(folder, 0o755)
    ports = testPorts()
    runner = driver.create(folder, ports)
    await runner.open()
  })
  afterEach(async () => {
    for (const other of others.splice(0)) await other.close()
    await runner.open()
    await runner.shutdown()
    await rm(folder, { recursive: true, force: true })
  })

  const specOf = (changes: Partial<ProcessSpec> = {}): ProcessSpec => {
    const id = changes.id ?? `t${randomUUID().slice(0, 8)}-r1-0`
    return {
      file: '/bin/sleep',
      args: ['600'],
      cwd: folder,
      stdoutLog: join(folder, 'logs', `${id}.out.log`),
      stderrLog: join(folder, 'logs', `${id}.err.log`),
      startSeconds: 1,
      stopGraceMs: 3_000,
      user: null,
      limits: {},
      ...(driver.isSandboxed && { sandbox: { read: [dirname(process.execPath)], write: [folder] } }),
      ...changes,
      id,
      env: { PATH: '/usr/bin:/bin', VITRINE_INSTANCE: id, ...changes.env },
    }
  }
  const shell = (script: string, changes: Partial<ProcessSpec> = {}) =>
    specOf({ file: '/bin/sh', args: ['-c', script], ...changes })
  const reportOf = async (id: string, of = runner): Promise<ProcessReport> => {
    const report = (await of.reports()).get(id)
    if (!report) throw new Error(`no report of ${id}`)
    return report
  }
  const startNew = async (spec: ProcessSpec) => {
    await runner.add([spec])
    await runner.start(spec.id)
    return spec
  }
  const inState = (id: string, state: ProcessReport['state'], of = runner) =>
    until(async () => {
      const report = await reportOf(id, of)
      return report.state === state && report
    }, `${id} is ${state}`)
  const pidOf = (id: string, of = runner) => until(async () => (await reportOf(id, of)).pid, `pid of ${id}`)
  const treeOf = (spec: ProcessSpec) => findTree({ id: spec.id, marker: markerOf(spec), main: null })
  /** Waits until the program itself runs: what launches it, such as its sandbox, has become it or started it. */
  const launched = (spec: ProcessSpec) =>
    until(async () => {
      const command = `${[spec.file, ...spec.args].join('\0')}\0`
      const lines = (await treeOf(spec)).map(({ pid }) =>
        readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
      )
      return (await Promise.all(lines)).includes(command)
    }, `${spec.id} runs its program`)
  /** Returns how many processes a tree has if `count` are its own. */
  const whole = (count: number) => count + (driver.isSandboxed ? ownProcesses : 0)
  const textOf = (path: string) =>
    until(async () => (await readFile(path, 'utf8').catch(() => '')).trim() || null, `text in ${path}`)

  return {
    driver,
    get runner() {
      return runner
    },
    get ports() {
      return ports
    },
    get folder() {
      return folder
    },
    /** Opens a second runner on the same folder. The first one should have been closed. */
    async openAnother(): Promise<ProcessRunner> {
      const second = driver.create(folder, ports)
      others.push(second)
      await second.open()
      return second
    },
    specOf,
    shell,
    reportOf,
    startNew,
    inState,
    pidOf,
    treeOf,
    launched,
    whole,
    textOf,
  }
}
