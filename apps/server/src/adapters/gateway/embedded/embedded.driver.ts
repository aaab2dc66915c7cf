import {
  changeBetween,
  endpointText,
  withoutLeftOut,
  type GatewayChange,
  type GatewayKeys,
  type GatewayTable,
  type LeftOutRoute,
} from '@vitrine/contract'
import { coalesce } from '../../../lib/coalesce.ts'
import { keyedQueue } from '../../../lib/keyed-queue.ts'
import { findPortHolder } from '../../../lib/procfs/port-holder.ts'
import { isAliveSync, type ProcessIdentity } from '../../../lib/procfs/process-identity.ts'
import { askGateway } from '../control-socket.client.ts'
import {
  buildOf,
  findOthers,
  findProcess,
  isAnswering,
  relieve,
  replaceProcesses,
  stopProcess,
  type EmbeddedGatewayOptions,
} from './embedded.process.ts'
import type { Gateway } from '../gateway.ts'
import { withHolders, type RouteProblem } from '../route-problems.ts'
import { gatewayRefused, gatewayUnavailable } from '../gateway.errors.ts'

const watchMs = 500
/** The one key for all work, so a restart never runs at the same time as an apply. */
const everything = 'everything'

type Options = EmbeddedGatewayOptions & {
  /**
   * Called with null when the process has died and was restarted, or with the reason if it cannot be
   * restarted.
   */
  onRestart?: (problem: Error | null) => void
}

const unavailable = (error: unknown) =>
  gatewayUnavailable({ reason: error instanceof Error ? error.message : String(error) }, error)

class EmbeddedGateway implements Gateway {
  readonly kind = 'embedded'
  readonly #options: Options
  readonly #queue = keyedQueue()
  #timer: NodeJS.Timeout | undefined
  #isOpen = false
  /** What the process serves, so that only a change of it is sent. Null if that is not known. */
  #inForce: GatewayTable | null = null
  /**
   * Former processes that finish their requests. They answer no more questions, so until each has ended, it counts as a
   * request to any instance.
   */
  #leaving: ProcessIdentity[] = []

  constructor(options: Options) {
    this.#options = options
  }

  async open(): Promise<void> {
    await this.#queue.run(everything, () => this.#adoptOrStart())
    this.#isOpen = true
    this.#watch()
  }

  apply(table: GatewayTable): Promise<RouteProblem[]> {
    return this.#queue.run(everything, async () => {
      const leftOut = await this.#send(table)
      this.#inForce = withoutLeftOut(table, leftOut)
      return withHolders(table, leftOut)
    })
  }

  applyKeys(keys: GatewayKeys): Promise<void> {
    return this.#queue.run(everything, async () => void (await this.#put('/keys', keys)))
  }

  async inFlight(instanceIds: readonly string[]): Promise<number> {
    const all = await this.#allInFlight()
    this.#leaving = this.#leaving.filter(isAliveSync)
    return instanceIds.reduce((sum, id) => sum + (all[id] ?? 0), this.#leaving.length)
  }

  async close(): Promise<void> {
    this.#isOpen = false
    clearTimeout(this.#timer)
    await this.#queue.settled()
  }

  async shutdown(): Promise<void> {
    this.#isOpen = false
    clearTimeout(this.#timer)
    await this.#queue.run(everything, async () => {
      await Promise.all((await findOthers(this.#options.dataPaths, null)).map(stopProcess))
    })
  }

  /** The requests in progress by instance. Simultaneous callers share one answer. */
  readonly #allInFlight = coalesce(async (): Promise<Record<string, number>> => {
    const found = await this.#find()
    // If the process is gone, so are its requests.
    if (!found) return {}
    const answer = await askGateway(found.socket, 'GET', '/state').catch((error: unknown) => {
      throw unavailable(error)
    })
    if (answer.kind !== 'done')
      throw gatewayUnavailable({ reason: answer.kind === 'refused' ? answer.reason : answer.kind })
    return answer.in_flight
  })

  #find(): ReturnType<typeof findProcess> {
    return findProcess(this.#options.dataPaths)
  }

  async #adoptOrStart(): Promise<void> {
    const build = await buildOf(this.#options.entryFile)
    const found = await this.#find()
    const others = await findOthers(this.#options.dataPaths, found)
    const isHealthy = found !== null && (await isAnswering(found.socket))
    // A control plane that was killed while it replaced a process has left two, or one that nobody has recorded.
    this.#leaving = others
    if (isHealthy && found.build === build) return relieve(others, found)
    if (found && !isHealthy) await stopProcess(found)
    const former = isHealthy ? [found, ...others] : others
    await replaceProcesses(this.#options, build, former)
    this.#leaving = former
  }

  #watch(): void {
    this.#timer = setTimeout(() => {
      const turn = this.#queue.run(everything, () => this.#restartIfDead())
      void turn.then(() => this.#isOpen && this.#watch())
    }, watchMs)
    this.#timer.unref()
  }

  async #restartIfDead(): Promise<void> {
    if (!this.#isOpen) return
    const { onRestart } = this.#options
    try {
      if (await this.#find()) return
      await this.#adoptOrStart()
      onRestart?.(null)
    } catch (error) {
      onRestart?.(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** Sends what has changed, or the whole table if anything but routes has, or the process has another table in force. */
  async #send(table: GatewayTable): Promise<LeftOutRoute[]> {
    const change = this.#inForce && changeBetween(this.#inForce, table)
    // Until the process has answered, it may serve either.
    this.#inForce = null
    const leftOut = change && (await this.#put('/change', change))
    return leftOut ?? (await this.#put('/table', table)) ?? []
  }

  /** Resolves with null if a change is of another table than the one in force. */
  async #put(
    path: '/table' | '/change' | '/keys',
    body: GatewayTable | GatewayChange | GatewayKeys,
  ): Promise<LeftOutRoute[] | null> {
    if (!(await this.#find())) await this.#adoptOrStart()
    const found = await this.#find()
    if (!found) throw gatewayUnavailable({ reason: 'it ended as soon as it was started' })
    const answer = await askGateway(found.socket, 'PUT', path, body).catch((error: unknown) => {
      throw unavailable(error)
    })
    if (answer.kind === 'unknown_base') return null
    if (answer.kind === 'done') return answer.left_out
    const { reason, address } = answer
    throw gatewayRefused({
      reason,
      address: address && endpointText(address),
      holder: address && (await findPortHolder(address.port, address.host)),
    })
  }
}

/**
 * Runs the gateway as a separate Node process (apps/gateway). Tables and keys are sent to it over a unix
 * socket. It keeps the last ones in files and uses them again after a restart. While the driver is open, a
 * process that dies is restarted.
 */
export const createEmbeddedGateway = (options: Options): Gateway => new EmbeddedGateway(options)
