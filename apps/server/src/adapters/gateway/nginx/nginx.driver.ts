import { mkdir } from 'node:fs/promises'
import {
  changeBetween,
  emptyGatewayTable,
  noGatewayKeys,
  stalledClientMs,
  withoutLeftOut,
  type GatewayKeys,
  type GatewayTable,
  type LeftOutRoute,
} from '@vitrine/contract'
import type { Gateway } from '../gateway.ts'
import { withHolders, type RouteProblem } from '../route-problems.ts'
import { NginxAddresses } from './nginx.addresses.ts'
import type { NginxPlaces } from './nginx.conf.ts'
import { servableAfter, takeOverOf, twice, withoutRefused } from './nginx.left-out.ts'
import { NginxConfiguration } from './nginx.reload.ts'
import type { GroupedTable } from './nginx.upstreams.ts'
import { startAdmitted, type NginxGatewayOptions } from './nginx.options.ts'
import { namedEndpoints, nothingRemembered, remember } from './nginx.remembered.ts'
import { stateFiles, type StateFiles } from './nginx.state-files.ts'
import { checkKey, gateChange, gateKeys, gateTable, wantedAddresses } from './nginx.state.ts'
import { countOf, namesNow, withoutIdle } from './nginx.used-names.ts'
import { countUnderWay } from './nginx.under-way.ts'
import { rotationOf, upkeepOf } from './nginx.upkeep.ts'

const watchMs = 500
/** If nginx does not start, it is tried again after a pause, which grows up to this. */
const longestPauseMs = 8_000

/** The state of one nginx: the table in force, and the contents of its files. */
class NginxGateway implements Gateway {
  readonly kind = 'nginx'
  readonly #options: NginxGatewayOptions
  readonly #places: NginxPlaces
  #table: GatewayTable = emptyGatewayTable
  #keys: GatewayKeys = noGatewayKeys
  #remembered = nothingRemembered
  readonly #addresses = new NginxAddresses()
  readonly #files: StateFiles
  readonly #configuration: NginxConfiguration
  #work: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | null = null
  #isOpen = false
  #isUnwritten = false
  #restartsFailedInARow = 0
  readonly #takeOver: ReturnType<typeof takeOverOf>
  /** What it does beside serving. */
  readonly #tend: () => Promise<void>

  constructor(options: NginxGatewayOptions) {
    const { dataPaths: paths, host } = options
    this.#options = options
    this.#takeOver = takeOverOf(options.letGo)
    this.#places = {
      folder: host.folder,
      accessLog: paths.accessLog,
      controlSocket: host.controlSocket,
    }
    this.#files = stateFiles(this.#places.folder, paths, this.#hasLua)
    this.#configuration = new NginxConfiguration(options.host, this.#places, options.scriptFile)
    const rotateLog = rotationOf(paths.accessLog, options.logBytes, () => this.#configuration.reopenLog())
    this.#tend = upkeepOf([() => this.#takeFreed(), rotateLog, () => this.#writeAgain()], {
      pauseMs: watchMs,
      longestPauseMs,
      onTrouble: (error) => options.onTrouble?.(error),
    })
  }

  get #hasLua(): boolean {
    return (this.#options.host.frame?.luaFile ?? null) !== null
  }

  get #grouped(): GroupedTable {
    return { table: this.#table, groups: new Set(this.#remembered.groups) }
  }

  get #wanted() {
    const named = namedEndpoints(this.#remembered)
    const { held, beside } = this.#addresses
    const { stalledMs = stalledClientMs } = this.#options
    return { ...this.#grouped, named, held, beside, stalledMs }
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
      if (table) this.#table = table
      this.#keys = keys
      this.#remembered = remembered
      await startAdmitted(this.#options, () => this.#adoptOrStart())
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
    await this.#addresses.adopt(this.#table, running.text)
    // Another build renders another configuration, and the running process follows it. A script that is new
    // to the process begins with the state file.
    await this.#writeState()
    await this.#followServable(this.#table)
  }

  /** Starts nginx with the last table, without the addresses that other processes hold. */
  async #start(): Promise<void> {
    const addresses = wantedAddresses(this.#table)
    this.#addresses.clear()
    await this.#prepare()
    await this.#addresses.find(addresses, this.#table, this.#takeOver(this.#table))
    if (this.#addresses.areOthers) await this.#configuration.prepare(this.#wanted)
    await this.#configuration.start()
  }

  /** Puts the last table in place while no nginx runs, without the routes that nginx refuses. */
  async #prepare(): Promise<void> {
    await withoutRefused(this.#table, {
      attempt: async (table) => {
        this.#table = table
        await this.#writeState()
        await this.#configuration.prepare(this.#wanted)
      },
      check: (table) => this.#refusalOf(table),
    })
  }

  #writeState(): Promise<void> {
    return this.#files.write({ table: this.#table, keys: this.#keys, remembered: this.#remembered })
  }

  /**
   * Writes what is in force already. On a full disk, a revoked key must be refused and a service stopped all the same. So a
   * failed write is reported, and tried again until it succeeds.
   */
  async #keepState(): Promise<void> {
    const problem = await this.#writeState().then(
      () => this.#configuration.unwritten,
      (error: unknown) => error,
    )
    if (problem !== null && !this.#isUnwritten) this.#options.onUnwritten?.(problem)
    this.#isUnwritten = problem !== null
  }

  apply(wanted: GatewayTable): Promise<RouteProblem[]> {
    return this.#inTurn(async () => {
      const { table, leftOut } = servableAfter(this.#table, wanted)
      checkKey(table)
      if (!(await this.#options.host.isRunning())) await this.#start()
      return withHolders(wanted, [...leftOut, ...(await twice(() => this.#applyServable(table)))])
    })
  }

  async #applyServable(table: GatewayTable): Promise<LeftOutRoute[]> {
    const closed = await this.#addresses.turnTo(table, this.#table)
    return [...closed, ...(await this.#followServable(withoutLeftOut(table, closed)))]
  }

  /** Follows a table without the routes that nginx refuses, and returns those. */
  #followServable(table: GatewayTable): Promise<LeftOutRoute[]> {
    return withoutRefused(table, {
      attempt: (part) => this.#follow(part),
      check: (part) => this.#refusalOf(part),
    })
  }

  /** Lets nginx check a table and changes nothing. Returns its reason if it refuses the table. */
  #refusalOf(table: GatewayTable): Promise<string | null> {
    const remembered = remember(this.#remembered, { table, routes: table.routes }, this.#hasLua)
    const groups = new Set(remembered.groups)
    return this.#configuration.check({ ...this.#wanted, table, groups, named: namedEndpoints(remembered) })
  }

  /** Makes nginx follow a table: by a reload if paths, addresses or limits change, else at once. */
  async #follow(table: GatewayTable): Promise<void> {
    const remembered = this.#remembered
    const current = this.#grouped
    const change = changeBetween(this.#table, table)
    this.#remembered = remember(remembered, { table, routes: change?.routes ?? table.routes }, this.#hasLua)
    try {
      await this.#configuration.follow({ ...this.#wanted, table }, current)
    } catch (error) {
      this.#remembered = remembered
      throw error
    }
    const form = { groups: this.#grouped.groups, hasLua: this.#hasLua }
    await this.#configuration.sendTable(change && gateChange(change, form), () => gateTable(table, form))
    this.#table = table
    await this.#keepState()
  }

  applyKeys(keys: GatewayKeys): Promise<void> {
    return this.#inTurn(async () => {
      this.#keys = keys
      try {
        if (!(await this.#options.host.isRunning())) await this.#start()
        await this.#configuration.send('/keys', gateKeys(keys))
      } finally {
        // An nginx that does not answer may be started anew, and then begins with the file.
        await this.#keepState()
      }
    })
  }

  async inFlight(instanceIds: readonly string[]): Promise<number> {
    // If the process is gone, so are its requests.
    if (!(await this.#options.host.isRunning())) return 0
    const { controlSocket } = this.#places
    const names = { ...namesNow(this.#grouped, instanceIds, this.#hasLua), ...this.#remembered.upstreamsOf }
    const counted = await countOf(names, instanceIds, (name) =>
      countUnderWay(controlSocket, name, this.#hasLua),
    )
    const upstreamsOf = withoutIdle(this.#remembered.upstreamsOf, counted)
    this.#remembered = { ...this.#remembered, upstreamsOf }
    return counted.requests
  }

  #watch(): void {
    const pause = Math.min(watchMs * 2 ** this.#restartsFailedInARow, longestPauseMs)
    this.#timer = setTimeout(() => {
      void this.#inTurn(() => this.#check()).then(() => this.#isOpen && this.#watch())
    }, pause)
    this.#timer.unref()
  }

  async #check(): Promise<void> {
    if (!this.#isOpen) return
    try {
      if (this.#restartsFailedInARow > 0 || !(await this.#options.host.isRunning())) {
        this.#restartsFailedInARow++
        // It may have started by itself in the meantime, with the configuration in place.
        await this.#adoptOrStart()
        this.#restartsFailedInARow = 0
        this.#options.onRestart?.(null)
      }
    } catch (error) {
      this.#options.onRestart?.(error instanceof Error ? error : new Error(String(error)))
      return
    }
    await this.#tend()
  }

  /** Listens on addresses that other processes held, once they are free. */
  async #takeFreed(): Promise<void> {
    if (!(await this.#addresses.findFreed(this.#table))) return
    try {
      await this.#follow(this.#table)
    } catch (error) {
      // It listens where the configuration in force says, so the others are looked at again.
      await this.#addresses.adopt(this.#table, await this.#configuration.inForce())
      throw error
    }
  }

  /** Tries again to write what is in force already. */
  async #writeAgain(): Promise<void> {
    if (this.#isUnwritten) await this.#follow(this.#table)
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
