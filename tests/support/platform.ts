import { spawn, type ChildProcess } from 'node:child_process'
import { on, once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { ApiClient } from './api-client.ts'
import { builtProject, projectFolder } from './built-project.ts'
import { freePorts } from './free-ports.ts'
import { endProcessesOf, processesOf } from './platform-processes.ts'

/** Which process runner a platform uses. */
export type RunnerKind = 'local' | 'supervisor'

/** The password of all users on these platforms, including the administrator `admin`. */
export const testPassword = 'test-password-1'
/** Enough ports for what most tests deploy. */
const usualPorts = { front: 24, instance: 60 }
const readyTimeoutMs = 120_000
const endTimeoutMs = 120_000
const readyMessage = z.object({ type: z.literal('ready'), url: z.string(), setupUrl: z.string().nullable() })
type ReadyMessage = z.infer<typeof readyMessage>

/** Waits for the message that everything answers. Before it, the control plane may send what it waits for. */
async function readyMessageOf(child: ChildProcess, signal: AbortSignal): Promise<ReadyMessage> {
  for await (const [message] of on(child, 'message', { signal })) {
    const ready = readyMessage.safeParse(message)
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
  readonly #environment: Record<string, string>
  #child: ChildProcess | null = null

  constructor(
    dataFolder: string,
    publicPort: number,
    runner: RunnerKind,
    ranges: Pick<TestPlatform, 'frontRange' | 'instanceRange'>,
    environment: Record<string, string>,
  ) {
    this.dataFolder = dataFolder
    this.publicPort = publicPort
    this.frontRange = ranges.frontRange
    this.instanceRange = ranges.instanceRange
    this.#environment = {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      VITRINE_DATA_DIR: dataFolder,
      VITRINE_PORT: String(publicPort),
      VITRINE_FRONT_PORTS: `${this.frontRange.first}-${this.frontRange.last}`,
      VITRINE_INSTANCE_PORTS: `${this.instanceRange.first}-${this.instanceRange.last}`,
      VITRINE_ADMIN_PASSWORD: testPassword,
      VITRINE_DEMO: 'off',
      VITRINE_RUNNER: runner,
      VITRINE_SHARED_FOLDERS: this.gates,
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

  /** Process id of the control plane. */
  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the control plane does not run')
    return this.#child.pid
  }

  /** The control plane's log, to find out why a test failed. */
  log = (): Promise<string> => readFile(join(this.dataFolder, 'test.log'), 'utf8')

  /**
   * Starts a control plane on the data folder and waits until it reports that everything answers. `settings` are
   * those that this start has besides or instead of the platform's own.
   */
  async start(settings: Record<string, string> = {}): Promise<void> {
    const output = openSync(join(this.dataFolder, 'test.log'), 'a')
    const child = spawn(process.execPath, [join(projectFolder, 'dist', 'server', 'main.js')], {
      cwd: projectFolder,
      env: { ...this.#environment, ...settings },
      stdio: ['ignore', output, output, 'ipc'],
    })
    closeSync(output)
    this.#child = child
    const signal = AbortSignal.timeout(readyTimeoutMs)
    const hasEnded = once(child, 'exit', { signal }).then(() => null)
    hasEnded.catch(() => undefined)
    const ready = await Promise.race([readyMessageOf(child, signal), hasEnded]).catch(() => null)
    this.setupUrl = ready?.setupUrl ?? null
    if (!ready) throw new Error(`the platform did not start:\n${(await this.log()).slice(-8_000)}`)
  }

  /**
   * Ends the control plane with a signal and waits for its end. SIGKILL is like a crash, SIGTERM like an
   * upgrade, SIGINT like Ctrl-C.
   */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    this.#child = null
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
      const gone = await waitFor(async () => (await processesOf(this.dataFolder)).length === 0, {
        timeoutMs: 10_000,
        everyMs: 100,
      })
      if (gone) return
      const left = (await processesOf(this.dataFolder)).map(({ pid, command }) => `${pid} ${command}`)
      throw new Error(`the platform left processes:\n${left.join('\n')}`)
    } finally {
      await endProcessesOf(this.dataFolder)
      await rm(this.dataFolder, { recursive: true, force: true })
    }
  }
}

/** Builds changed parts of the project, and starts a platform with free ports in a new data folder. */
export async function startPlatform(
  options: {
    runner?: RunnerKind
    environment?: Record<string, string>
    ports?: { front: number; instance: number }
    /** Another platform of this machine, whose port ranges it shares. */
    beside?: TestPlatform
  } = {},
): Promise<TestPlatform> {
  await builtProject()
  const dataFolder = await mkdtemp(join(tmpdir(), 'vitrine-platform-'))
  // The accounts of parts that do not run as root must be able to enter it.
  await chmod(dataFolder, 0o711)
  await mkdir(join(dataFolder, 'gates'), { mode: 0o755 })
  const ports = options.ports ?? usualPorts
  const publicPort = await freePorts(options.beside ? 1 : 1 + ports.front + ports.instance)
  const firstInstance = publicPort + ports.front + 1
  const ranges = options.beside ?? {
    frontRange: { first: publicPort + 1, last: publicPort + ports.front },
    instanceRange: { first: firstInstance, last: firstInstance + ports.instance - 1 },
  }
  const platform = new TestPlatform(
    dataFolder,
    publicPort,
    options.runner ?? 'local',
    ranges,
    options.environment ?? {},
  )
  try {
    await platform.start()
  } catch (error) {
    await platform.dispose().catch(() => undefined)
    throw error
  }
  return platform
}
