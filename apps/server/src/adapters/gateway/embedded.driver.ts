import type { GatewayKeys, GatewayTable } from '@vitrine/contract'
import { findPortHolder } from '../../lib/port-holder.ts'
import { askGateway } from './control-socket.client.ts'
import {
  buildOf,
  findProcess,
  isAnswering,
  replaceProcess,
  startProcess,
  stopProcess,
  type EmbeddedGatewayOptions,
} from './embedded.process.ts'
import type { Gateway } from './gateway.ts'
import { gatewayRefused, gatewayUnavailable } from './gateway.errors.ts'

export type { EmbeddedGatewayOptions }

const watchMs = 500

/**
 * The gateway as a Node process of its own (apps/gateway). Tables and keys go to it over a unix socket; it keeps the last
 * ones that it took in files, and serves them again after a restart. While open, a process that died is started anew.
 */
export function createEmbeddedGateway(
  options: EmbeddedGatewayOptions & {
    /** Told when the process had died and is up again, or cannot be brought up (with the reason). */
    onRestart?: (problem: Error | null) => void
  },
): Gateway {
  const { dataPaths: paths } = options
  let timer: NodeJS.Timeout | null = null
  let isOpen = false
  let work: Promise<unknown> = Promise.resolve()

  /** One thing after another: a restart never runs beside an apply. */
  function inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = work.then(action)
    work = result.catch(() => undefined)
    return result
  }

  async function adoptOrStart(): Promise<void> {
    const build = await buildOf(options.entryFile)
    const found = await findProcess(paths)
    const isHealthy = found !== null && (await isAnswering(found.socket))
    if (isHealthy && found.build === build) return
    if (isHealthy) return replaceProcess(options, build, found)
    if (found) await stopProcess(found)
    await startProcess(options, build)
  }

  function watch(): void {
    timer = setTimeout(() => {
      void inTurn(restartIfDead).then(() => isOpen && watch())
    }, watchMs)
    timer.unref()
  }

  async function restartIfDead(): Promise<void> {
    if (!isOpen) return
    try {
      if (await findProcess(paths)) return
      await adoptOrStart()
      options.onRestart?.(null)
    } catch (error) {
      options.onRestart?.(error instanceof Error ? error : new Error(String(error)))
    }
  }

  const unavailable = (error: unknown) =>
    gatewayUnavailable({ reason: error instanceof Error ? error.message : String(error) }, error)

  async function put(path: '/table' | '/keys', body: GatewayTable | GatewayKeys): Promise<void> {
    if (!(await findProcess(paths))) await adoptOrStart()
    const found = await findProcess(paths)
    if (!found) throw gatewayUnavailable({ reason: 'it ended as soon as it was started' })
    const answer = await askGateway(found.socket, 'PUT', path, body).catch((error: unknown) => {
      throw unavailable(error)
    })
    if (answer.kind === 'done') return
    const { reason, address } = answer
    const other = address && (await findPortHolder(address.port))
    throw gatewayRefused({
      reason,
      address: address && `${address.host}:${address.port}`,
      holder: other && `${other.command} (pid ${other.pid})`,
    })
  }

  async function inFlight(instanceId: string): Promise<number> {
    const found = await findProcess(paths)
    // With the process its requests are gone.
    if (!found) return 0
    const answer = await askGateway(found.socket, 'GET', '/state').catch((error: unknown) => {
      throw unavailable(error)
    })
    if (answer.kind === 'refused') throw gatewayUnavailable({ reason: answer.reason })
    return answer.in_flight[instanceId] ?? 0
  }

  return {
    kind: 'embedded',
    async open() {
      await inTurn(adoptOrStart)
      isOpen = true
      watch()
    },
    apply: (table) => inTurn(() => put('/table', table)),
    applyKeys: (keys) => inTurn(() => put('/keys', keys)),
    inFlight,
    async close() {
      isOpen = false
      if (timer) clearTimeout(timer)
      await work
    },
    async shutdown() {
      isOpen = false
      if (timer) clearTimeout(timer)
      await inTurn(async () => {
        const found = await findProcess(paths)
        if (found) await stopProcess(found)
      })
    },
  }
}
