import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { spawnControlPlane } from './control-plane-process.ts'
import { patienceMs } from './patience.ts'
import type { TestPlatform } from './platform.ts'

const message = z.looseObject({ type: z.string(), en: z.string().optional() })
/** As long as the start of a platform may take on a busy machine. */
const readyTimeoutMs = 120_000
type Message = z.infer<typeof message> & { at: number }

/** A control plane that was started on the data folder of a platform whose own one runs. */
export class Standby {
  readonly #child: ChildProcess
  readonly #logFile: string
  readonly #socketFolder: string
  /** What it has told its parent, with the time of `performance.now()`. */
  readonly #messages: Message[] = []

  constructor(child: ChildProcess, dataFolder: string, logFile: string) {
    this.#child = child
    this.#logFile = logFile
    this.#socketFolder = join(dataFolder, 'run', 'standbys')
    const [, , , channel] = child.stdio
    if (!(channel instanceof Readable)) throw new Error('there is no channel to the control plane')
    createInterface({ input: channel }).on('line', (line) =>
      this.#messages.push({ ...message.parse(JSON.parse(line)), at: performance.now() }),
    )
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('it does not run')
    return this.#child.pid
  }

  log = (): Promise<string> => readFile(this.#logFile, 'utf8')

  async #told(type: string, timeoutMs = patienceMs): Promise<Message> {
    const told = () => this.#messages.find((one) => one.type === type)
    const found = await waitFor(told, { timeoutMs })
    if (!found) throw new Error(`it does not tell "${type}":\n${await this.log()}`)
    return found
  }

  /** Waits until it says that it stands by. Returns its sentence. */
  standsBy = async (): Promise<string> => (await this.#told('waiting')).en ?? ''
  /** Waits until it leads and everything answers. Returns when that was, by `performance.now()`. */
  leads = async (): Promise<number> => (await this.#told('ready', readyTimeoutMs)).at
  hasLed = (): boolean => this.#messages.some(({ type }) => type === 'ready')

  /** Asks it on its own socket. */
  async ask(path: string): Promise<{ status: number | undefined; body: unknown }> {
    const asked = request({ socketPath: join(this.#socketFolder, `${this.pid}.sock`), path }).end()
    const [response] = z.tuple([z.instanceof(IncomingMessage)]).parse(await once(asked, 'response'))
    return { status: response.statusCode, body: JSON.parse(await text(response)) }
  }

  /** Waits until it exits by itself. Returns its exit code; null if a signal ended it. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
    return this.#child.exitCode
  }

  /** Ends it with a signal and waits for its end. Returns its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal)
    return this.ended()
  }
}

let number = 0

/** Starts one more control plane on the data folder of a platform, with its settings and these. */
export function startStandby(platform: TestPlatform, settings: Record<string, string> = {}): Standby {
  const logFile = join(platform.dataFolder, `standby-${++number}.log`)
  const child = spawnControlPlane({
    command: platform.command,
    environment: { ...platform.environment, ...settings },
    logFile,
  })
  return new Standby(child, platform.dataFolder, logFile)
}
