import {
  emptyGatewayTable,
  endpointText,
  gatewayKeys,
  changesFileOf,
  noGatewayKeys,
  readServableChange,
  readServableTable,
  readStoredTable,
  sentChange,
  withChange,
  withoutLeftOut,
  type GatewayKeys,
  type GatewayTable,
  type LeftOutRoute,
} from '@vitrine/contract'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { AccessLog } from './access-log.ts'
import { isStillAdmitted } from './admission.ts'
import { ApiKeys } from './api-keys.ts'
import { Grants } from './grants.ts'
import { ifThere } from './if-there.ts'
import { AddressRefused, Listeners } from './listeners.ts'
import { PerClient } from './per-client.ts'
import { RevokedLogins } from './revoked-logins.ts'
import { compileRouting, upstreamsOf, type Routing } from './routing.ts'
import type { GatewayState } from './serve.ts'
import { StoredTable } from './stored-table.ts'
import { StoredValue } from './stored-value.ts'
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

async function readIfThere<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  const text = await ifThere(readFile(path, 'utf8'))
  return text === null ? null : schema.parse(JSON.parse(text))
}

const causes: Readonly<Record<string, LeftOutRoute['cause']>> = {
  EADDRINUSE: 'held',
  EADDRNOTAVAIL: 'absent',
}

/** The front ports of a table at addresses that could not be opened. */
const frontsAt = ({ routes }: GatewayTable, refused: readonly AddressRefused[]): LeftOutRoute[] =>
  routes.flatMap(({ service_id, front }): LeftOutRoute[] => {
    const error = front && refused.find((one) => endpointText(one.address) === endpointText(front))
    if (!error) return []
    return [{ service_id, part: 'front', cause: causes[error.code] ?? 'unusable', reason: error.message }]
  })

/** A change of another table than the one in force. */
export class UnknownBase extends Error {
  constructor(base: number, inForce: number) {
    super(`the change is of revision ${base}, and revision ${inForce} is in force`)
  }
}

/**
 * The whole gateway: the table and keys in force, the listeners that the table needs, and the access log.
 * Tables are applied one after another. What is applied is in force first, and then written to its file.
 */
export class GatewayProcess {
  readonly log: AccessLog
  readonly #storedTable: StoredTable
  readonly #storedKeys: StoredValue<GatewayKeys>
  readonly #report: (message: string) => void
  readonly #registry = new UpstreamRegistry()
  readonly #state: GatewayState
  readonly #listeners: Listeners
  #current: { table: GatewayTable; routing: Routing }
  #applying: Promise<unknown> = Promise.resolve()
  #isStopping = false
  #retryTimer: NodeJS.Timeout | null = null

  private constructor(
    files: GatewayFiles,
    log: AccessLog,
    {
      routing,
      stalledMs,
      report,
    }: { routing: Routing; stalledMs: number; report: (message: string) => void },
  ) {
    this.#storedTable = new StoredTable(files.table, report)
    this.#storedKeys = new StoredValue(files.keys, report)
    this.#report = report
    this.log = log
    this.#current = { table: emptyGatewayTable, routing }
    this.#state = {
      routing,
      keys: new ApiKeys(noGatewayKeys, null),
      revoked: new RevokedLogins([]),
      grants: new Grants([]),
      log,
      waker: new Waker(),
      open: new Set(),
      clients: new PerClient(),
      stalledMs,
    }
    this.#listeners = new Listeners(this.#state)
  }

  /** Starts with the contents of the files. Without a table it does not listen anywhere until it gets one. */
  static async start(
    files: GatewayFiles,
    options: { logBytes: number; stalledMs: number; report: (message: string) => void },
  ): Promise<GatewayProcess> {
    const log = new AccessLog(files.accessLog, { maxBytes: options.logBytes, report: options.report })
    const routing = await compileRouting(emptyGatewayTable, new UpstreamRegistry(), null)
    const gateway = new GatewayProcess(files, log, {
      routing,
      stalledMs: options.stalledMs,
      report: options.report,
    })
    const keys = await readIfThere(files.keys, gatewayKeys)
    if (keys) gateway.#enforce(keys)
    const stored = await readIfThere(files.table, z.unknown())
    const changes = await readIfThere(changesFileOf(files.table), z.unknown())
    if (stored !== null) await gateway.#resume(readStoredTable(stored, changes))
    return gateway
  }

  /**
   * Continues with the last table. A port may be held by another process, such as the one that this process
   * replaces. The other ports are served meanwhile, and that port is tried again until it is free.
   */
  async #resume(table: GatewayTable): Promise<void> {
    const routing = await compileRouting(table, this.#registry, null)
    this.#current = { table, routing }
    this.#state.routing = routing
    const refused = await this.#listeners.openPossible(routing.addresses)
    if (refused.length === 0) return
    for (const one of refused) this.#report(one.message)
    this.#retry(performance.now())
  }

  #retry(since: number): void {
    const delayMs = performance.now() - since < takeOverMs ? takeOverRetryMs : retryMs
    this.#retryTimer = setTimeout(() => {
      const attempt = this.#applying.then(() => this.#listeners.openPossible(this.#current.routing.addresses))
      this.#applying = attempt.catch(() => undefined)
      attempt.then(
        (refused) => refused.length > 0 && this.#retryTimer && this.#retry(since),
        (error: unknown) => {
          this.#report(`the addresses cannot be opened, and are tried again: ${String(error)}`)
          if (this.#retryTimer) this.#retry(since)
        },
      )
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
   * Switches to a table. It opens the new addresses; then every new request follows the new table, and the file is
   * written. Resolves with the routes and front ports that are left out because they cannot be served. Rejects
   * and changes nothing if the table itself is invalid (ZodError) or the public address is taken
   * (AddressRefused).
   */
  async applyTable(value: unknown): Promise<LeftOutRoute[]> {
    const { table, leftOut } = readServableTable(value)
    return this.#inTurn(async () => [...leftOut, ...(await this.#switchTo(table))])
  }

  /**
   * The same for what has changed of the table in force. Rejects with {@link UnknownBase}, and changes nothing, if another one is
   * in force than the one that was changed: then the whole table is needed.
   */
  async applyChange(value: unknown): Promise<LeftOutRoute[]> {
    const { base } = sentChange.parse(value)
    return this.#inTurn(async () => {
      const { table } = this.#current
      if (base !== table.revision) throw new UnknownBase(base, table.revision)
      const { change, leftOut } = readServableChange(table, value)
      return [...leftOut, ...(await this.#switchTo(withChange(table, change)))]
    })
  }

  async #inTurn(change: () => Promise<LeftOutRoute[]>): Promise<LeftOutRoute[]> {
    const applied = this.#applying.then(() => {
      if (this.#isStopping) throw new Error('the gateway is stopping')
      return change()
    })
    this.#applying = applied.catch(() => undefined)
    const leftOut = await applied
    await this.#storedTable.keep(this.#current.table)
    return leftOut
  }

  /**
   * Replaces the API keys, the revoked logins and the grants, in force and then in the file. Requests in progress whose
   * credential is not valid any more are ended.
   */
  async applyKeys(value: unknown): Promise<void> {
    const keys: GatewayKeys = gatewayKeys.parse(value)
    this.#enforce(keys)
    await this.#storedKeys.keep(keys)
  }

  #enforce(keys: GatewayKeys): void {
    this.#state.keys = new ApiKeys(keys, this.#state.keys)
    this.#state.revoked = new RevokedLogins(keys.revoked)
    this.#state.grants = new Grants(keys.grants ?? [])
    this.#endRefused()
  }

  /** Ends the requests in progress whose credential does not let them in any more. */
  #endRefused(): void {
    for (const request of this.#state.open) {
      const { credential, serviceId } = request
      if (credential && !isStillAdmitted(this.#state, credential, serviceId ?? '')) request.revoke()
    }
  }

  /**
   * Accepts no more requests, finishes those in progress within `graceMs`, and closes the log. A table that is being applied comes
   * first: the addresses that it opens are closed too.
   */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true
    if (this.#retryTimer) clearTimeout(this.#retryTimer)
    this.#retryTimer = null
    await this.#applying
    await this.#listeners.drain(graceMs)
    await Promise.all([this.log.close(), this.#storedTable.close(), this.#storedKeys.close()])
  }

  async #switchTo(wanted: GatewayTable): Promise<LeftOutRoute[]> {
    const previous = this.#current
    const { addresses } = await compileRouting(wanted, this.#registry, previous)
    this.#listeners.closeMoved(addresses)
    try {
      const leftOut = frontsAt(wanted, await this.#openWith(addresses, wanted.public))
      const table = withoutLeftOut(wanted, leftOut)
      const routing = await compileRouting(table, this.#registry, previous)
      this.#current = { table, routing }
      this.#state.routing = routing
      // A service may have left the group whose grants let somebody in.
      this.#endRefused()
      this.#listeners.keepOnly(routing.addresses)
      this.#registry.keepOnly(upstreamsOf(routing))
      return leftOut
    } catch (error) {
      this.#listeners.keepOnly(previous.routing.addresses)
      await this.#listeners.openPossible(previous.routing.addresses)
      throw error
    }
  }

  /** Opens the public address, and of the others what can be opened. Returns the errors of the rest. */
  async #openWith(
    addresses: Routing['addresses'],
    publicAddress: GatewayTable['public'],
  ): Promise<AddressRefused[]> {
    await this.#listeners.open(new Map([...addresses].filter(([, address]) => address === publicAddress)))
    return this.#listeners.openPossible(addresses)
  }
}
