import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import { hasCode } from '../../../lib/code-of-error.ts'
import type { DataPaths } from '../../../lib/paths.ts'
import { pathExists } from '../../../lib/path-exists.ts'
import { runCommand, type CommandResult } from '../../../lib/run-command.ts'
import type { Account } from '../../../lib/system-user.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import { gatewayUnavailable, nginxNotReloaded, nginxPartNotIncluded, njsMissing } from '../gateway.errors.ts'
import { complaints, listenTo, type NginxHost } from './nginx.process.ts'
import { accountOfWorkers, whoAnswers, workersOf } from './nginx.workers.ts'

/** The nginx that the system runs, which also serves other sites. */
export type SystemNginx = {
  dataPaths: DataPaths
  /** A folder whose `*.conf` files nginx includes inside `http { … }`. */
  confDir: string
  /** The command that reloads nginx: a program and its arguments. */
  reload: readonly [string, ...string[]]
  env: Readonly<Record<string, string>>
  /**
   * A folder that is empty after a reboot, when its contents may no longer be valid. We create and remove it.
   */
  runFolder: string
}

const note = z.object({
  confDir: z.string(),
  reload: z.tuple([z.string()], z.string()),
  runFolder: z.string(),
})

const commandMs = 30_000
const upMs = 15_000

const noteFile = (paths: DataPaths) => join(paths.run, 'system-nginx.json')
const includeFile = (confDir: string) => join(confDir, 'vitrine.conf')

/**
 * The text of the file that the system's nginx includes. For nginx, a pattern without a match is no error,
 * but a missing file is one. So its other sites also start after a reboot that removed our folder, and we add
 * our part when we run.
 */
function includingText(confFile: string): string {
  const pattern = `${confFile.slice(0, -1).replaceAll(/[*?[]/g, '[$&]')}[${confFile.slice(-1)}]`
  return `# Made by Vitrine, and removed when it ends. 由 Vitrine 生成，停止时移除。\ninclude "${pattern}";\n`
}

/**
 * The command that makes nginx check and print its whole configuration. It is derived from the reload command
 * if that calls nginx itself.
 */
function checkCommand(reload: readonly [string, ...string[]]): { file: string; args: string[] } {
  const [file, ...args] = reload
  const at = args.findIndex((word, index) => word === '-s' && args[index + 1] === 'reload')
  return at === -1 ? { file: 'nginx', args: ['-T', '-q'] } : { file, args: args.toSpliced(at, 2, '-T', '-q') }
}

const wordsOf = ({ startError, stderr, stdout }: CommandResult) =>
  startError ?? (complaints(stderr).join(' | ') || [...stderr, ...stdout].slice(-3).join(' | '))

/**
 * Whether a socket's file exists and no process listens on it. A killed nginx leaves such a file, and would
 * not start because of it.
 */
const isAbandoned = (path: string) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(false)).once('connect', () => socket.destroy())
    socket.once('error', (error) => resolve(hasCode(error, 'ECONNREFUSED')))
  })

/**
 * The system's nginx as a host. We neither start nor stop it; it gets one more file and is told to reload.
 * Its other sites are not affected. If it refuses our part, the last good one stays in place.
 */
class SystemHost implements NginxHost {
  readonly frame = null
  readonly folder: string
  readonly controlSocket: string
  readonly confFile: string
  readonly #options: SystemNginx
  readonly #includeFile: string
  readonly #lastGood: string
  /** The error log according to nginx's configuration; null while unknown. */
  #errorLog: string | null = null

  constructor(options: SystemNginx) {
    this.#options = options
    this.#includeFile = includeFile(options.confDir)
    this.folder = join(options.dataPaths.gateway, 'system-nginx')
    this.controlSocket = join(options.runFolder, 'control.sock')
    this.confFile = join(options.runFolder, 'vitrine.conf')
    this.#lastGood = `${this.confFile}.last-good`
  }

  #run(command: { file: string; args: readonly string[] }, onStdout?: (line: string) => void) {
    const { env } = this.#options
    return runCommand({ ...command, cwd: '/', env }, { timeoutMs: commandMs, ...(onStdout && { onStdout }) })
  }

  place = (text: string): Promise<string | null> => this.#try(text, true)
  check = (text: string): Promise<string | null> => this.#try(text, false)

  /** Lets nginx check a configuration in its final place, where it stays if it is good and `isKept`. */
  async #try(text: string, isKept: boolean): Promise<string | null> {
    await mkdir(this.#options.runFolder, { recursive: true, mode: 0o700 })
    // A check that was interrupted has left an unchecked file in place.
    if (await pathExists(this.#lastGood)) await rename(this.#lastGood, this.confFile)
    const hadPart = await pathExists(this.#includeFile)
    if (await pathExists(this.confFile))
      await writeFileAtomically(this.#lastGood, await readFile(this.confFile, 'utf8'), 0o600)
    await writeFileAtomically(this.confFile, text, 0o600)
    await writeFileAtomically(this.#includeFile, includingText(this.confFile))
    let isGood = false
    try {
      const reason = await this.#check()
      isGood = isKept && reason === null
      return reason
    } finally {
      if (isGood) await rm(this.#lastGood, { force: true })
      else await this.#putBack(hadPart)
    }
  }

  async #putBack(hadPart: boolean): Promise<void> {
    if (await pathExists(this.#lastGood)) await rename(this.#lastGood, this.confFile)
    else await rm(this.confFile, { force: true })
    if (!hadPart) await rm(this.#includeFile, { force: true })
  }

  /** Returns nginx's message about the whole configuration including our part; null if it is good. */
  async #check(): Promise<string | null> {
    const listening = `listen unix:${this.controlSocket};`
    let isIncluded = false
    let errorLog: string | null = null
    const result = await this.#run(checkCommand(this.#options.reload), (line) => {
      isIncluded ||= line.startsWith(listening)
      errorLog ??= /^error_log\s+"?(\/[^\s;"]+)/.exec(line)?.[1] ?? null
    })
    const reason = wordsOf(result)
    if (/unknown directive "js_/.test(reason)) throw njsMissing({ reason })
    if (result.exitCode !== 0) return reason || `exit code ${result.exitCode}`
    if (!isIncluded) throw nginxPartNotIncluded({ file: this.#includeFile })
    this.#errorLog = errorLog
    return null
  }

  async reload(): Promise<void> {
    const [file, ...args] = this.#options.reload
    const result = await this.#run({ file, args })
    if (result.exitCode === 0) return
    const reason = wordsOf(result) || `exit code ${result.exitCode}`
    throw nginxNotReloaded({ command: this.#options.reload.join(' '), reason })
  }

  listen(): Promise<() => Promise<string[]>> {
    return this.#errorLog === null ? Promise.resolve(async () => []) : listenTo(this.#errorLog)
  }

  account = (): Promise<Account | null> => accountOfWorkers(this.controlSocket)

  isRunning = async (): Promise<boolean> => (await whoAnswers(this.controlSocket)) !== null

  async start(generation: string): Promise<void> {
    const { dataPaths: paths, confDir, reload, runFolder } = this.#options
    await writeFileAtomically(noteFile(paths), JSON.stringify({ confDir, reload, runFolder }), 0o600)
    if (await isAbandoned(this.controlSocket)) await rm(this.controlSocket, { force: true })
    const said = await this.listen()
    // If it is not running, the configuration in place is served as soon as the system starts it.
    await this.reload()
    const isRefused = async () => (await said()).some((line) => line.includes('still could not bind'))
    const outcome = await waitFor(
      async () => {
        if ((await whoAnswers(this.controlSocket))?.generation === generation) return 'up'
        return (await isRefused()) && 'refused'
      },
      { timeoutMs: upMs, everyMs: 10 },
    )
    if (outcome === 'up') return
    // It runs but does not accept the configuration. With it in place, nginx might not start again.
    await this.#remove()
    throw gatewayUnavailable({
      reason: (await said()).slice(-6).join(' | ') || 'the system’s nginx does not follow its configuration',
    })
  }

  async #remove(): Promise<void> {
    for (const file of [this.#includeFile, this.confFile, this.#lastGood]) await rm(file, { force: true })
  }

  async stop(): Promise<void> {
    const answering = await whoAnswers(this.controlSocket)
    await this.#remove()
    if (answering) {
      const before = await workersOf(answering.master)
      await this.reload()
      // Workers that are shutting down have released our addresses, and finish their requests.
      const areRelieved = async () =>
        !(await workersOf(answering.master)).some((worker) => before.includes(worker))
      await waitFor(areRelieved, { timeoutMs: upMs, everyMs: 10 })
    }
    await rm(this.#options.runFolder, { recursive: true, force: true })
    await rm(noteFile(this.#options.dataPaths), { force: true })
  }
}

/** Uses the system's nginx as the gateway. */
export const systemNginx = (options: SystemNginx): NginxHost => new SystemHost(options)

/**
 * Returns the system's nginx that has our part according to the record, unless its folder is `confDir`; null
 * if there is none.
 */
export async function findFormerSystemNginx(
  options: Pick<SystemNginx, 'dataPaths' | 'env'>,
  confDir: string | null,
): Promise<NginxHost | null> {
  const file = noteFile(options.dataPaths)
  if (!(await pathExists(file))) return null
  const noted = note.parse(JSON.parse(await readFile(file, 'utf8')))
  return noted.confDir === confDir ? null : systemNginx({ ...options, ...noted })
}
