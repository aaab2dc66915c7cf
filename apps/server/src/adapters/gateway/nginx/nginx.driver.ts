import { mkdir } from 'node:fs/promises'
import { emptyGatewayTable, endpointText, type GatewayKeys, type GatewayTable } from '@vitrine/contract'
import type { DataPaths } from '../../../lib/paths.ts'
import { findPortHolder, isPortFree } from '../../../lib/procfs/port-holder.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import type { Gateway } from '../gateway.ts'
import { gatewayRefused } from '../gateway.errors.ts'
import type { GroupedTable, NginxPlaces } from './nginx.render.ts'
import { NginxConfiguration } from './nginx.configuration.ts'
import type { NginxHost } from './nginx.process.ts'
import {
  checkTable,
  gateKeys,
  gateTable,
  hasUsableKey,
  namedEndpoints,
  nothingRemembered,
  remember,
  stateFiles,
  wantedAddresses,
  type StateFiles,
} from './nginx.state.ts'
import { countUnderWay } from './nginx.under-way.ts'
import { rotateAccessLog } from '../rotate-access-log.ts'

/** How to run the gateway with an nginx. */
export type NginxGatewayOptions = {
  dataPaths: DataPaths
  host: NginxHost
  /** The built script that runs inside nginx. */
  scriptFile: string
  /** Called when a start only needs its addresses. The process that holds them must release them. */
  letGo?: () => void
  /** If the access log exceeds this size, it is rotated. */
  logBytes?: number
  /**
   * Called with null when the process has died and was restarted, or with the reason if it cannot be
   * restarted.
   */
  onRestart?: (problem: Error | null) => void
}

const watchMs = 500
/** If nginx does not start, it is tried again after a pause, which grows up to this. */
const longestPauseMs = 8_000
/** How long a former holder of the addresses may take to release them. */
const lettingGoMs = 300
/**
 * nginx replaces its workers for a new log, because workers of another account cannot open a file in the data
 * folder. With 64 MiB this happened every five seconds at 40,000 requests per second. The total size of the
 * kept logs is the same as with the embedded gateway.
 */
const logBytesDefault = 256 * 1024 * 1024
const logsKept = 3

/** The state of one nginx: the table in force, and the contents of its files. */
class NginxGateway implements Gateway {
  readonly kind = 'nginx'
  readonly #options: NginxGatewayOptions
  readonly #places: NginxPlaces
  #table: GatewayTable = emptyGatewayTable
  #keys: GatewayKeys = { version: 1, keys: [] }
  #remembered = nothingRemembered
  #held = new Set<string>()
  readonly #files: StateFiles
  readonly #configuration: NginxConfiguration
  #work: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | null = null
  #isOpen = false
  /** How many restarts in a row have failed. */
  #failures = 0

  constructor(options: NginxGatewayOptions) {
    const { dataPaths: paths, host } = options
    this.#options = options
    this.#places = {
      folder: host.folder,
      accessLog: paths.accessLog,
      controlSocket: host.controlSocket,
    }
    this.#files = stateFiles(this.#places.folder, paths, this.#hasLua)
    this.#configuration = new NginxConfiguration(options.host, this.#places, options.scriptFile)
  }

  get #hasLua(): boolean {
    return (this.#options.host.frame?.luaFile ?? null) !== null
  }

  get #grouped(): GroupedTable {
    return { table: this.#table, groups: new Set(this.#remembered.groups) }
  }

  get #wanted() {
    const named = namedEndpoints(this.#remembered)
    return { ...this.#grouped, named, held: this.#held }
  }

  /** Runs one action after another, so a restart never runs at the same time as an apply. */
  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#work.then(action)
    this.#work = result.catch(() => undefined)
    return result
  }

  async open(): Promise<void> {
    await this.#inTurn(async () => {
      const { dataPaths: paths } = this.#options
      for (const folder of [paths.run, paths.gateway, this.#places.folder])
        await mkdir(folder, { recursive: true, mode: 0o700 })
      await mkdir(paths.platformLogs, { recursive: true })
      const { table, keys, remembered } = await this.#files.read()
      // A table from a time when tokens were signed in another way is useless. The next table comes at once.
      if (table && hasUsableKey(table)) this.#table = table
      this.#keys = keys
      this.#remembered = remembered
      await this.#adoptOrStart()
    })
    this.#isOpen = true
    this.#watch()
  }

  async #adoptOrStart(): Promise<void> {
    const { host } = this.#options
    if (!(await host.isRunning())) return this.#start()
    const running = await this.#configuration.adopt()
    if (!running) {
      await host.stop()
      return this.#start()
    }
    const missing = wantedAddresses(this.#table)
      .map(endpointText)
      .filter((address) => !running.text.includes(`listen ${address} `))
    this.#held = new Set(missing)
    // Another build renders another configuration, and the running process follows it. A script that is new
    // to the process begins with the state file.
    await this.#writeState()
    await this.#follow(this.#table)
  }

  /** Starts nginx with the last table, without the addresses that other processes hold. */
  async #start(): Promise<void> {
    const addresses = wantedAddresses(this.#table)
    this.#held = new Set()
    await this.#writeState()
    await this.#configuration.prepare(this.#wanted)
    this.#options.letGo?.()
    let held: string[] = []
    await waitFor(async () => (held = await this.#taken(addresses)).length === 0, {
      timeoutMs: lettingGoMs,
      everyMs: 5,
    })
    this.#held = new Set(held)
    if (held.length > 0) await this.#configuration.prepare(this.#wanted)
    await this.#configuration.start()
  }

  async #taken(addresses: readonly { host: string; port: number }[]): Promise<string[]> {
    const taken: string[] = []
    for (const address of addresses)
      if (!(await isPortFree(address.host, address.port))) taken.push(endpointText(address))
    return taken
  }

  #writeState(table = this.#table): Promise<void> {
    return this.#files.write({ table, keys: this.#keys, remembered: this.#remembered })
  }

  apply(table: GatewayTable): Promise<void> {
    return this.#inTurn(async () => {
      checkTable(table)
      if (!(await this.#options.host.isRunning())) await this.#start()
      await this.#refuseTaken(table)
      await this.#follow(table)
    })
  }

  /**
   * Refuses a table with an address that another process holds, unless nginx already listens there, and names
   * the holder. A held public address is no reason: the rest is served meanwhile.
   */
  async #refuseTaken(table: GatewayTable): Promise<void> {
    const ours = new Set(wantedAddresses(this.#table).map(endpointText))
    for (const address of wantedAddresses(table)) {
      const text = endpointText(address)
      const isWaitedFor = this.#held.has(text) && address !== table.public
      if ((ours.has(text) && !isWaitedFor) || (await isPortFree(address.host, address.port))) continue
      throw gatewayRefused({
        reason: `cannot listen on ${endpointText(address)}`,
        address: endpointText(address),
        holder: await findPortHolder(address.port),
      })
    }
    // Addresses that were held and are wanted now are free.
    const wantedPublic = endpointText(table.public)
    this.#held = new Set([...this.#held].filter((text) => text === wantedPublic))
  }

  /** Makes nginx follow a table: by a reload if paths, addresses or limits change, else at once. */
  async #follow(table: GatewayTable): Promise<void> {
    const remembered = this.#remembered
    const current = this.#grouped
    this.#remembered = remember(remembered, table, this.#hasLua)
    try {
      await this.#configuration.follow({ ...this.#wanted, table }, current)
    } catch (error) {
      this.#remembered = remembered
      throw error
    }
    await this.#writeState(table)
    await this.#configuration.send('/table', gateTable({ ...this.#grouped, table }, this.#hasLua))
    this.#table = table
  }

  applyKeys(keys: GatewayKeys): Promise<void> {
    return this.#inTurn(async () => {
      this.#keys = keys
      await this.#writeState()
      if (!(await this.#options.host.isRunning())) await this.#start()
      await this.#configuration.send('/keys', gateKeys(keys))
    })
  }

  async inFlight(instanceId: string): Promise<number> {
    // If the process is gone, so are its requests.
    if (!(await this.#options.host.isRunning())) return 0
    let sum = 0
    for (const upstream of this.#remembered.upstreamsOf[instanceId] ?? [])
      sum += await countUnderWay(this.#places.controlSocket, upstream, this.#hasLua)
    return sum
  }

  #watch(): void {
    const pause = Math.min(watchMs * 2 ** this.#failures, longestPauseMs)
    this.#timer = setTimeout(() => {
      void this.#inTurn(() => this.#check()).then(() => this.#isOpen && this.#watch())
    }, pause)
    this.#timer.unref()
  }

  async #check(): Promise<void> {
    if (!this.#isOpen) return
    try {
      if (this.#failures > 0 || !(await this.#options.host.isRunning())) {
        this.#failures++
        // It may have started by itself in the meantime, with the configuration in place.
        await this.#adoptOrStart()
        this.#failures = 0
        this.#options.onRestart?.(null)
      }
      await this.#takeFreed()
      await this.#rotateLog()
    } catch (error) {
      this.#options.onRestart?.(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** Listens on addresses that other processes held, once they are free. */
  async #takeFreed(): Promise<void> {
    if (this.#held.size === 0) return
    const addresses = wantedAddresses(this.#table)
    const held = new Set(await this.#taken(addresses.filter((one) => this.#held.has(endpointText(one)))))
    if (held.size === this.#held.size) return
    this.#held = held
    await this.#follow(this.#table)
  }

  /** Rotates a log that has grown too large, and makes nginx open a new one. */
  async #rotateLog(): Promise<void> {
    const { accessLog } = this.#places
    if (await rotateAccessLog(accessLog, this.#options.logBytes ?? logBytesDefault, logsKept))
      await this.#configuration.reopenLog()
  }

  async close(): Promise<void> {
    this.#isOpen = false
    if (this.#timer) clearTimeout(this.#timer)
    await this.#work
  }

  async shutdown(): Promise<void> {
    await this.close()
    await this.#inTurn(() => this.#options.host.stop())
  }
}

/**
 * Runs the gateway as an nginx, in Debian's own build with njs. Paths, ports and limits are in its
 * configuration; a change of those needs a reload. Who may call and which instance serves is sent to the
 * running workers, at once.
 */
export const createNginxGateway = (options: NginxGatewayOptions): Gateway => new NginxGateway(options)
