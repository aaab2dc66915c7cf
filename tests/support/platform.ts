import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { readStatus } from '../../apps/server/src/lib/procfs/process-status.ts'
import { compiledIn } from '../../scripts/lib/control-plane-node.mjs'
import { ApiClient } from './api-client.ts'
import { builtProject, projectFolder } from './built-project.ts'
import { spawnControlPlane } from './control-plane-process.ts'
import { freePorts } from './free-ports.ts'
import { patienceMs } from './patience.ts'
import { endProcessesOf, processesOf } from './platform-processes.ts'
import { leaveRoot, letRootPrepare, type Prepared } from './root-acts.ts'
import { makeFilledDatabase } from './test-database.ts'

/** Which process runner a platform uses. */
export type RunnerKind = 'local' | 'supervisor'

/**
 * Which PostgreSQL a platform uses: one of its own in its data folder, as after `npm start`, or a database of the
 * test server, as with `DATABASE_URL`.
 */
export type DatabaseKind = 'own' | 'of the test server'

/** The password of all users on these platforms, including the administrator `admin`. */
export const testPassword = 'test-password-1'
/** Enough ports for what most tests deploy. */
const usualPorts = { front: 24, instance: 60 }
const readyTimeoutMs = 120_000
const endTimeoutMs = 120_000
const readyMessage = z.object({
  type: z.literal('ready'),
  url: z.string(),
  setupUrl: z.string().nullable(),
  notes: z.array(z.string()),
})
type ReadyMessage = z.infer<typeof readyMessage>

/** Waits for the message that everything answers. Before it, the control plane may send what it waits for. */
async function readyMessageOf({ stdio }: ChildProcess, signal: AbortSignal): Promise<ReadyMessage> {
  const [, , , channel] = stdio
  if (!(channel instanceof Readable)) throw new Error('there is no channel to the control plane')
  const lines = createInterface({ input: channel, signal })
  for await (const line of lines) {
    const ready = readyMessage.safeParse(JSON.parse(line))
    if (ready.success) return ready.data
  }
  throw new Error('the channel to the control plane is closed')
}

/**
 * A real platform on its own data folder: the built control plane as a child process, with everything that it
 * starts.
 */
export class TestPlatform {
  readonly dataFolder: string
  readonly publicPort: number
  readonly frontRange: { first: number; last: number }
  readonly instanceRange: { first: number; last: number }
  /** The one-time set-up link, while there is no user. */
  setupUrl: string | null = null
  /** What the last start told the person who started it. The log has it too, but is written a moment later. */
  notes: readonly string[] = []
  /** The settings and other variables of its control plane. */
  readonly environment: Record<string, string>
  readonly #dropDatabase: () => Promise<void>
  #child: ChildProcess | null = null
  #endedBy: NodeJS.Signals | null = null
  /** What root has prepared for a control plane that is not root. */
  #prepared: Prepared | null = null

  constructor(
    dataFolder: string,
    publicPort: number,
    runner: RunnerKind,
    ranges: Pick<TestPlatform, 'frontRange' | 'instanceRange'>,
    environment: Record<string, string>,
    dropDatabase: () => Promise<void>,
  ) {
    this.dataFolder = dataFolder
    this.publicPort = publicPort
    this.frontRange = ranges.frontRange
    this.instanceRange = ranges.instanceRange
    this.#dropDatabase = dropDatabase
    this.environment = {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      // As `npm start` does.
      NODE_COMPILE_CACHE: compiledIn(projectFolder),
      VITRINE_DATA_DIR: dataFolder,
      VITRINE_PORT: String(publicPort),
      VITRINE_FRONT_PORTS: `${this.frontRange.first}-${this.frontRange.last}`,
      VITRINE_INSTANCE_PORTS: `${this.instanceRange.first}-${this.instanceRange.last}`,
      VITRINE_ADMIN_PASSWORD: testPassword,
      VITRINE_DEMO: 'off',
      VITRINE_RUNNER: runner,
      VITRINE_SHARED_FOLDERS: this.gates,
      // So that every suite of a platform can also be run against one that is not root.
      VITRINE_ROOT: process.env.VITRINE_ROOT ?? 'keep',
      ...environment,
    }
  }

  /** A folder that algorithms can read in their sandboxes. They wait until a test puts a file there. */
  get gates(): string {
    return join(this.dataFolder, 'gates')
  }

  get origin(): string {
    return `http://127.0.0.1:${this.publicPort}`
  }

  /** The words in front of a command that make it run as the control plane runs; none if that is as we run. */
  get command(): readonly string[] {
    return this.#prepared?.command ?? []
  }

  /** The number of the account that owns what is the control plane's: root's, if that has not been given up. */
  get uid(): number {
    const status = readStatus(this.pid)
    if (!status) throw new Error('the control plane does not run')
    return status.account.uid
  }

  /**
   * How the platform names a process of ours that holds a port: by its pid, or not at all, because a platform that is
   * not root may not look into processes of others.
   */
  get ourHolder(): { pid: number } | null {
    return this.uid === process.getuid?.() ? { pid: process.pid } : null
  }

  /** Process id of the control plane. */
  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the control plane does not run')
    return this.#child.pid
  }

  /** The control plane's log, to find out why a test failed. */
  log = (): Promise<string> => readFile(join(this.dataFolder, 'test.log'), 'utf8')

  #hasEnded = async (): Promise<boolean> => (await processesOf(this.dataFolder)).length === 0

  /** Waits until nothing of it lives. Even after an end in order, a command that it has just run may live a moment longer. */
  #untilEnded = async (): Promise<boolean> =>
    (await waitFor(this.#hasEnded, { timeoutMs: patienceMs, everyMs: 100 })) ?? false

  /**
   * Starts a control plane on the data folder and waits until it reports that everything answers. `settings` are
   * those that this start has besides or instead of the platform's own, and `starter` words in front of its command.
   */
  async start(settings: Record<string, string> = {}, starter: readonly string[] = []): Promise<void> {
    const environment = { ...this.environment, ...settings }
    const allEnded = this.#endedBy === 'SIGINT' ? this.#untilEnded : this.#hasEnded
    this.#prepared =
      environment.VITRINE_ROOT !== 'keep' ? await letRootPrepare(environment, await allEnded()) : null
    await mkdir(this.gates, { recursive: true, mode: 0o755 })
    const child = spawnControlPlane({
      command: [...starter, ...this.command],
      environment: { ...environment, ...this.#prepared?.env },
      logFile: join(this.dataFolder, 'test.log'),
    })
    this.#child = child
    const signal = AbortSignal.timeout(readyTimeoutMs)
    const hasEnded = once(child, 'exit', { signal }).then(() => null)
    hasEnded.catch(() => undefined)
    const ready = await Promise.race([readyMessageOf(child, signal), hasEnded]).catch(() => null)
    this.setupUrl = ready?.setupUrl ?? null
    this.notes = ready?.notes ?? []
    if (!ready) throw new Error(`the platform did not start:\n${(await this.log()).slice(-8_000)}`)
  }

  /**
   * Ends the control plane with a signal and waits for its end. SIGKILL is like a crash, SIGTERM like an
   * upgrade, SIGINT like Ctrl-C.
   */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    this.#child = null
    this.#endedBy = signal
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit', { signal: AbortSignal.timeout(endTimeoutMs) })
    child.kill(signal)
    try {
      await ended
    } catch (error) {
      throw new Error(`the control plane does not end at ${signal}:\n${await this.log()}`, { cause: error })
    }
  }

  /** Waits until the control plane exits by itself. Returns its exit code; null if a signal ended it. */
  async ended(): Promise<number | null> {
    const child = this.#child
    if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    this.#child = null
    return child?.exitCode ?? null
  }

  /** A client without a sign-in. */
  anonymous = (): ApiClient => new ApiClient(this.origin)
  /** A client signed in as the administrator. */
  admin = (): Promise<ApiClient> => this.anonymous().signIn('admin', testPassword)

  /** Adds a user and signs them in. */
  async person(username: string, role: 'viewer' | 'user' | 'admin'): Promise<ApiClient> {
    const admin = await this.admin()
    await admin.post('/users', z.unknown(), { username, password: testPassword, role })
    return this.anonymous().signIn(username, testPassword)
  }

  /**
   * Ends everything as Ctrl-C does, and deletes the data folder. If a process survives that, it is killed and
   * this throws: a platform that leaves something running fails the test.
   */
  async dispose(): Promise<void> {
    // If a test left no control plane, nothing ends the rest in order.
    const isOrderly = this.#child !== null
    try {
      await this.end('SIGINT')
      if (!isOrderly) return
      if (await this.#untilEnded()) return
      const left = (await processesOf(this.dataFolder)).map(({ pid, command }) => `${pid} ${command}`)
      throw new Error(`the platform left processes:\n${left.join('\n')}`)
    } finally {
      await endProcessesOf(this.dataFolder)
      await rm(this.dataFolder, { recursive: true, force: true })
      await this.#dropDatabase()
      if (this.#prepared) await leaveRoot(this.environment)
    }
  }
}

/** The setting of a platform's database, and what drops it. */
async function databaseFor(
  kind: DatabaseKind,
  environment: Record<string, string>,
): Promise<{ environment: Record<string, string>; drop: () => Promise<void> }> {
  if (kind === 'own' || environment.DATABASE_URL !== undefined)
    return { environment: {}, drop: async () => undefined }
  const { url, drop } = await makeFilledDatabase()
  return { environment: { DATABASE_URL: url }, drop }
}

/**
 * Builds changed parts of the project, and starts a platform with free ports in a new data folder. It has a database
 * of the test server, which exists in a moment and writes to memory, unless the test says that it needs its own: to
 * kill it, to see its processes, or to measure.
 */
export async function startPlatform(
  options: {
    runner?: RunnerKind
    database?: DatabaseKind
    environment?: Record<string, string>
    ports?: { front: number; instance: number }
    /** Words in front of the command that starts it. */
    starter?: readonly string[]
    /** Another platform of this machine, whose port ranges it shares. */
    beside?: TestPlatform
  } = {},
): Promise<TestPlatform> {
  await builtProject()
  const dataFolder = await mkdtemp(join(tmpdir(), 'vitrine-platform-'))
  // The accounts of parts that do not run as root must be able to enter it.
  await chmod(dataFolder, 0o711)
  const ports = options.ports ?? usualPorts
  const publicPort = await freePorts(options.beside ? 1 : 1 + ports.front + ports.instance)
  const firstInstance = publicPort + ports.front + 1
  const ranges = options.beside ?? {
    frontRange: { first: publicPort + 1, last: publicPort + ports.front },
    instanceRange: { first: firstInstance, last: firstInstance + ports.instance - 1 },
  }
  const { environment = {}, runner = 'local', database: kind = 'of the test server' } = options
  const database = await databaseFor(kind, environment)
  const platform = new TestPlatform(
    dataFolder,
    publicPort,
    runner,
    ranges,
    { ...database.environment, ...environment },
    database.drop,
  )
  try {
    await platform.start({}, options.starter)
  } catch (error) {
    await platform.dispose().catch(() => undefined)
    throw error
  }
  return platform
}
