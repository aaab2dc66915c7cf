import {
  emptyGatewayTable,
  gatewayKeys,
  gatewayTable,
  type GatewayKeys,
  type GatewayTable,
} from '@vitrine/contract'
import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import type { z } from 'zod'
import { AccessLog } from './access-log.ts'
import { ApiKeys } from './api-keys.ts'
import { Listeners } from './listeners.ts'
import { compileRouting, upstreamsOf, type Routing } from './routing.ts'
import type { GatewayState } from './serve.ts'
import { UpstreamRegistry } from './upstreams.ts'
import { Waker } from './waking.ts'

/** The files in which the process keeps its table, keys and log. */
export type GatewayFiles = { table: string; keys: string; accessLog: string }

/**
 * Another process may be about to release the addresses. In this time they are tried often, later only at
 * intervals.
 */
const takeOverMs = 5_000
const takeOverRetryMs = 5
const retryMs = 1_000

async function writeWhole(path: string, value: unknown): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(temporary, JSON.stringify(value), { mode: 0o600, flush: true })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function readIfThere<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/**
 * The whole gateway: the table and keys in force, the listeners that the table needs, and the access log.
 * Tables are applied one after another. The table file always holds the last applied table.
 */
export class GatewayProcess {
  readonly log: AccessLog
  readonly #files: GatewayFiles
  readonly #registry = new UpstreamRegistry()
  readonly #state: GatewayState
  readonly #listeners: Listeners
  #current: { table: GatewayTable; routing: Routing }
  #applying: Promise<unknown> = Promise.resolve()
  #retryTimer: NodeJS.Timeout | null = null

  private constructor(files: GatewayFiles, log: AccessLog, routing: Routing) {
    this.#files = files
    this.log = log
    this.#current = { table: emptyGatewayTable, routing }
    this.#state = { routing, keys: new ApiKeys({ version: 1, keys: [] }), log, waker: new Waker() }
    this.#listeners = new Listeners(this.#state)
  }

  /** Starts with the contents of the files. Without a table it does not listen anywhere until it gets one. */
  static async start(
    files: GatewayFiles,
    options: { logBytes: number; report: (message: string) => void },
  ): Promise<GatewayProcess> {
    const log = new AccessLog(files.accessLog, { maxBytes: options.logBytes, report: options.report })
    const routing = await compileRouting(emptyGatewayTable, new UpstreamRegistry(), null)
    const gateway = new GatewayProcess(files, log, routing)
    const keys = await readIfThere(files.keys, gatewayKeys)
    if (keys) gateway.#state.keys = new ApiKeys(keys)
    const table = await readIfThere(files.table, gatewayTable)
    if (table) await gateway.#resume(table, options.report)
    return gateway
  }

  /**
   * Continues with the last table. A port may be held by another process, such as the one that this process
   * replaces. The other ports are served meanwhile, and that port is tried again until it is free.
   */
  async #resume(table: GatewayTable, report: (message: string) => void): Promise<void> {
    const routing = await compileRouting(table, this.#registry, null)
    this.#current = { table, routing }
    this.#state.routing = routing
    const refused = await this.#listeners.openPossible(routing.addresses)
    if (!refused) return
    report(refused.message)
    this.#retry(performance.now())
  }

  #retry(since: number): void {
    const delayMs = performance.now() - since < takeOverMs ? takeOverRetryMs : retryMs
    this.#retryTimer = setTimeout(() => {
      const attempt = this.#applying.then(() => this.#listeners.openPossible(this.#current.routing.addresses))
      this.#applying = attempt.catch(() => undefined)
      void attempt.then((refused) => refused && this.#retryTimer && this.#retry(since))
    }, delayMs)
  }

  /** Revision of the table in force; 0 before the first. */
  get revision(): number {
    return this.#current.routing.revision
  }

  /**
   * The number of addresses in the table that the gateway does not listen on, because other processes hold
   * them.
   */
  get missing(): number {
    const { table, routing } = this.#current
    return table === emptyGatewayTable ? 0 : this.#listeners.missing(routing.addresses)
  }

  /** Requests in progress, by instance. */
  get inFlight(): Record<string, number> {
    return this.#registry.inFlight()
  }

  /**
   * Switches to a table. It opens the new addresses and writes the file; then every new request follows the
   * new table. Rejects and changes nothing if the table is invalid (ZodError) or an address is taken
   * (AddressRefused).
   */
  async applyTable(value: unknown): Promise<void> {
    const table = gatewayTable.parse(value)
    const applied = this.#applying.then(() => this.#switchTo(table))
    this.#applying = applied.catch(() => undefined)
    await applied
  }

  /** Replaces the API keys, in the file and in force. */
  async applyKeys(value: unknown): Promise<void> {
    const keys: GatewayKeys = gatewayKeys.parse(value)
    await writeWhole(this.#files.keys, keys)
    this.#state.keys = new ApiKeys(keys)
  }

  /** Accepts no more requests, finishes those in progress within `graceMs`, and closes the log. */
  async stop(graceMs: number): Promise<void> {
    if (this.#retryTimer) clearTimeout(this.#retryTimer)
    this.#retryTimer = null
    await this.#listeners.drain(graceMs)
    await this.log.flush()
  }

  async #switchTo(table: GatewayTable): Promise<void> {
    const previous = this.#current
    const routing = await compileRouting(table, this.#registry, previous)
    await this.#listeners.open(routing.addresses)
    try {
      await writeWhole(this.#files.table, table)
    } catch (error) {
      this.#listeners.keepOnly(previous.routing.addresses)
      throw error
    }
    this.#current = { table, routing }
    this.#state.routing = routing
    this.#listeners.keepOnly(routing.addresses)
    this.#registry.keepOnly(upstreamsOf(routing))
  }
}
