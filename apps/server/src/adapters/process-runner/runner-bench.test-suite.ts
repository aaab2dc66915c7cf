import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect } from 'vitest'
import { waitFor } from '../../lib/wait-for.ts'
import { windowMs } from './crash-loop.ts'
import type { PortSource, ProcessReport, ProcessRunner, ProcessSpec } from './process-runner.ts'
import { ownProcesses } from './process-in-sandbox.ts'
import { findTree, markerOf } from './process-tree.ts'
import { testPorts, type TestPorts } from './runner-ports.test-source.ts'

/** A runner of one driver; which mode it is of does not matter here. */
type RunnerUnderTest = Omit<ProcessRunner, 'kind'>

/** A driver under test. */
export type DriverUnderTest = {
  name: string
  create(folder: string, ports: PortSource): RunnerUnderTest
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
  /** Every process runs in a container of this image, in which Node is at this path. */
  container?: { image: string; node: string } | null
  /** It runs in a cluster: at an address of its own, with one stream of output, and with no limits but of memory and processor. */
  isInCluster?: true
}

/** The variables that a cluster adds to every container. */
const ofTheCluster = [
  'KUBERNETES_SERVICE_HOST',
  'KUBERNETES_SERVICE_PORT',
  'KUBERNETES_SERVICE_PORT_HTTPS',
  'KUBERNETES_PORT',
  ...['', '_ADDR', '_PORT', '_PROTO'].map((end) => `KUBERNETES_PORT_443_TCP${end}`),
]

/** Much more than one start or one end needs on a busy machine. */
const patienceMs = 60_000

/** Waits for an answer. The error says what was waited for. */
export async function until<T>(
  ask: () => Promise<T | null | undefined | false>,
  what: string,
  timeoutMs = patienceMs,
): Promise<T> {
  const answer = await waitFor(ask, { timeoutMs, everyMs: 25, slowingToMs: 150 })
  if (answer === null) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`)
  return answer
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vr-'))
  // Processes of other accounts write here, too.
  await chmod(folder, 0o777)
  return folder
}

/**
 * What the tests of a runner use. Each test gets a new folder for its processes, and an open runner without any. Starting
 * and ending supervisord takes longer than most tests, so a runner serves one test after the other, until one of them
 * closes it, kills its engine or fails.
 */
export type RunnerBench = ReturnType<typeof runnerBench>

/** Must be called inside a `describe`. */
export function runnerBench({ killEngine, ...driver }: DriverUnderTest) {
  let folder: string
  let ports: TestPorts
  let runner: RunnerUnderTest
  let runnerFolder: string | null = null
  let isUsedUp = false
  const others: RunnerUnderTest[] = []
  /** Asks the ports of the test that has the runner. */
  const portsOfTest: PortSource = {
    host: '127.0.0.1',
    portFor: (...args) => ports.portFor(...args),
    keep: (...args) => ports.keep(...args),
    release: (id) => ports.release(id),
  }

  async function endRunner(): Promise<void> {
    if (runnerFolder === null) return
    const ended = runnerFolder
    runnerFolder = null
    await runner.open()
    await runner.shutdown()
    await rm(ended, { recursive: true, force: true })
  }
  async function removeAll(): Promise<void> {
    const ids = [...(await runner.reports()).keys()]
    await Promise.all(ids.map((id) => runner.remove(id)))
  }

  beforeEach(async () => {
    folder = await newFolder()
    ports = testPorts()
    isUsedUp = false
    if (runnerFolder !== null) return
    runnerFolder = await newFolder()
    runner = driver.create(runnerFolder, portsOfTest)
    await runner.open()
  })
  afterEach(async ({ task }) => {
    for (const other of others.splice(0)) await other.close()
    if (isUsedUp || task.result?.state === 'fail') await endRunner()
    else await removeAll()
    await rm(folder, { recursive: true, force: true })
  })
  afterAll(endRunner)

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
      ...(driver.container && {
        image: driver.container.image,
        sandbox: { read: [], write: [folder] },
      }),
      ...(driver.isSandboxed && { sandbox: { read: [dirname(process.execPath)], write: [folder] } }),
      ...changes,
      id,
      env: { PATH: '/usr/bin:/bin', VITRINE_INSTANCE: id, ...changes.env },
    }
  }
  const shell = (script: string, changes: Partial<ProcessSpec> = {}) =>
    specOf({ file: '/bin/sh', args: ['-c', script], ...changes })
  const reportOf = async (
    id: string,
    of: Pick<ProcessRunner, 'reports'> = runner,
  ): Promise<ProcessReport> => {
    const report = (await of.reports()).get(id)
    if (!report) throw new Error(`no report of ${id}`)
    return report
  }
  const startNew = async (spec: ProcessSpec) => {
    await runner.add([spec])
    await runner.start(spec.id)
    return spec
  }
  /** A process that is given up is started five times before, so this may take as long as its exits count. */
  const inState = (id: string, state: ProcessReport['state'], of = runner) =>
    until(
      async () => {
        const report = await reportOf(id, of)
        return report.state === state && report
      },
      `${id} is ${state}`,
      state === 'FATAL' ? windowMs : patienceMs,
    )
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
  /** What the engine runs in a tree besides: in a pod, the first process is of the cluster and does not count. */
  const besides = driver.isSandboxed ? ownProcesses : driver.container && !driver.isInCluster ? 1 : 0
  /** Returns how many processes a tree has if `count` are its own. */
  const whole = (count: number) => count + besides
  const textOf = (path: string) =>
    until(async () => (await readFile(path, 'utf8').catch(() => '')).trim() || null, `text in ${path}`)

  return {
    driver,
    /**
     * What a process has in its environment besides that of its spec: Docker adds two, the runner of containers that none sees a
     * graphics processor, a cluster tells where its API is.
     */
    addedVariables: {
      ...(driver.container && { HOME: '/', HOSTNAME: expect.any(String), NVIDIA_VISIBLE_DEVICES: 'void' }),
      ...(driver.isInCluster && Object.fromEntries(ofTheCluster.map((name) => [name, expect.any(String)]))),
    },
    /** Node, where a process finds it. */
    node: driver.container?.node ?? process.execPath,
    /** Kills what the driver itself started, without warning; null if it starts nothing. */
    killEngine:
      killEngine &&
      (async () => {
        isUsedUp = true
        await killEngine(runnerFolder ?? '')
      }),
    get runner() {
      return runner
    },
    get ports() {
      return ports
    },
    /** The folder of the test, where its processes are. */
    get folder() {
      return folder
    },
    /** Opens a second runner on the folder of the first, which should have been closed. */
    async openAnother(): Promise<RunnerUnderTest> {
      isUsedUp = true
      const second = driver.create(runnerFolder ?? '', portsOfTest)
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
