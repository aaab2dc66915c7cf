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
import { setAsideGrown } from '../set-aside.ts'

/** How the gateway drives an nginx. */
export type NginxGatewayOptions = {
  dataPaths: DataPaths
  host: NginxHost
  /** The built script that runs inside nginx. */
  scriptFile: string
  /** Called when a start needs nothing but its addresses any more: whoever has them lets go. */
  letGo?: () => void
  /** The access log is moved aside when it has grown over this. */
  logBytes?: number
  /** Told when the process had died and is up again, or cannot be brought up (with the reason). */
  onRestart?: (problem: Error | null) => void
}

const watchMs = 500
/** One that does not come up is tried again after a while, each time after a longer one. */
const longestPauseMs = 8_000
/** How long one that had the addresses before may take to let go of them. */
const lettingGoMs = 300
/**
 * To begin a new log nginx replaces its workers, for those of another account cannot open a file in the data folder; at 64 MiB it did so
 * every five seconds where it was asked 40,000 times a second. In all as much is kept as by the embedded gateway.
 */
const logBytesDefault = 256 * 1024 * 1024
const logsKept = 3

/** Everything that one nginx is at: the table in force, what is in its files. */
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
  /** How often in a row it could not be brought up. */
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

  /** One thing after another: a restart never runs beside an apply. */
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
      // One of a time when tokens were signed otherwise serves nobody; the next table comes at once.
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
    // Another build renders another configuration; the process goes on and follows it. A script that is new to it begins with what is in its file.
    await this.#writeState()
    await this.#follow(this.#table)
  }

  /** Starts nginx with the last table, without the addresses that others hold. */
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
   * An address that somebody holds makes the table refused, and names the holder, where nginx does not listen there yet. While it is the public
   * one that is held, what can be served is.
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
    // What was held and is wanted now is free.
    const wantedPublic = endpointText(table.public)
    this.#held = new Set([...this.#held].filter((text) => text === wantedPublic))
  }

  /** Has nginx follow a table: by a reload where paths, addresses or limits change, else at once. */
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
    await this.#configuration.tell('/table', gateTable({ ...this.#grouped, table }, this.#hasLua))
    this.#table = table
  }

  applyKeys(keys: GatewayKeys): Promise<void> {
    return this.#inTurn(async () => {
      this.#keys = keys
      await this.#writeState()
      if (!(await this.#options.host.isRunning())) await this.#start()
      await this.#configuration.tell('/keys', gateKeys(keys))
    })
  }

  async inFlight(instanceId: string): Promise<number> {
    // With the process its requests are gone.
    if (!(await this.#options.host.isRunning())) return 0
    let sum = 0
    for (const upstream of this.#remembered.upstreamsOf[instanceId] ?? [])
      sum += await countUnderWay(this.#places.controlSocket, upstream, this.#hasLua)
    return sum
  }

  #watch(): void {
    const pause = Math.min(watchMs * 2 ** this.#failures, longestPauseMs)
    this.#timer = setTimeout(() => {
      void this.#inTurn(() => this.#look()).then(() => this.#isOpen && this.#watch())
    }, pause)
    this.#timer.unref()
  }

  async #look(): Promise<void> {
    if (!this.#isOpen) return
    try {
      if (this.#failures > 0 || !(await this.#options.host.isRunning())) {
        this.#failures++
        // It may have come up by itself meanwhile, with what was in place.
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

  /** Addresses that others held are opened once they are free. */
  async #takeFreed(): Promise<void> {
    if (this.#held.size === 0) return
    const addresses = wantedAddresses(this.#table)
    const held = new Set(await this.#taken(addresses.filter((one) => this.#held.has(endpointText(one)))))
    if (held.size === this.#held.size) return
    this.#held = held
    await this.#follow(this.#table)
  }

  /** A log that has grown is moved aside, and nginx begins a new one. */
  async #rotateLog(): Promise<void> {
    const { accessLog } = this.#places
    if (await setAsideGrown(accessLog, this.#options.logBytes ?? logBytesDefault, logsKept))
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
 * The gateway as an nginx, Debian's own build with njs. Paths, ports and limits are in its configuration, and a change of
 * those is a reload; who may call and which instance serves is told to the running workers, at once.
 */
export const createNginxGateway = (options: NginxGatewayOptions): Gateway => new NginxGateway(options)
