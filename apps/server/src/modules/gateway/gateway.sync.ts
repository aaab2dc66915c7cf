import { endpointText, portProcess, type GatewayRoute, type GatewayTable } from '@vitrine/contract'
import { z } from 'zod'
import type { Gateway } from '../../adapters/gateway/gateway.ts'
import { AppError } from '../../lib/errors.ts'
import { coalesce } from '../../lib/coalesce.ts'

type Table = Omit<GatewayTable, 'revision'>

/** A front port that the gateway could not open, because another process listens there. */
export type FrontProblem = { host: string; port: number; holder: { pid: number; command: string } | null }

/** Keeps the gateway's table up to date. */
export type GatewaySync = {
  /**
   * Resolves when the gateway routes requests by the state at the time of the call. Rejects if the gateway
   * refuses the table.
   */
  sync: () => Promise<void>
  /** The process that holds a service's front port, or null. Requests by path work all the same. */
  frontProblem: (serviceId: string) => FrontProblem | null
}

/** The same, with what an administrator of the gateway needs. */
export type GatewayTables = GatewaySync & {
  /** Like `sync`, but applies the table even if it is unchanged. */
  reapply: () => Promise<void>
  /** The table as it should be now. */
  render: () => Promise<Table>
  /** Stops checking whether front ports have become free. */
  close: () => void
}

/**
 * How long to rest after an update, as a multiple of its duration. Changes that follow each other closely, as
 * in work on many services, are then applied together.
 */
const restBetween = 1
/** How often held front ports are checked, in milliseconds. If none is held, nothing is checked. */
const checkEveryMs = 1_000

type Deps = {
  gateway: Gateway
  render: () => Promise<Table>
  /** Whether this process could listen on an address now. */
  isFree: (host: string, port: number) => Promise<boolean>
  /** Gets the services concerned whenever the set of held front ports changes. */
  onFrontProblems: (serviceIds: readonly string[]) => void
  onError: (error: unknown) => void
}

const frontAddress = (route: GatewayRoute) => route.front && endpointText(route.front)

/** The route whose front port the gateway could not open, if that is why it refused the table. */
function refusedRoute(table: Table, error: unknown): GatewayRoute | null {
  const address = error instanceof AppError && error.code === 'gateway.refused' ? error.details.address : null
  return (address && table.routes.find((route) => frontAddress(route) === address)) || null
}

const holderIn = (error: AppError): FrontProblem['holder'] =>
  z.object({ holder: portProcess.nullable() }).safeParse(error.details).data?.holder ?? null

type Problems = ReadonlyMap<string, FrontProblem>

/** The known held front ports of a table that are still held. */
async function stillHeld(isFree: Deps['isFree'], table: Table, known: Problems): Promise<Problems> {
  const held = new Map<string, FrontProblem>()
  for (const { service_id: id, front } of table.routes) {
    const problem = known.get(id)
    if (!front || problem?.port !== front.port || problem.host !== front.host) continue
    if (!(await isFree(front.host, front.port))) held.set(id, problem)
  }
  return held
}

/**
 * Applies one table at a time. Calls during an update share the next one, which sees everything that happened
 * before it. An unchanged table is not applied. If another process holds a front port, only its own service
 * is affected, and the port is opened as soon as it is free.
 */
export function createGatewaySync(deps: Deps): GatewayTables {
  // Greater than any revision of an earlier control plane, so that a gateway that is still running accepts
  // this table.
  let revision = Date.now()
  let applied = ''
  let isForced = false
  let isClosed = false
  let problems: Problems = new Map()
  let timer: NodeJS.Timeout | null = null

  async function applyWithout(table: Table, refused: Problems): Promise<Problems> {
    const routes = table.routes.map((route) =>
      refused.has(route.service_id) ? { ...route, front: null } : route,
    )
    revision += 1
    try {
      await deps.gateway.apply({ ...table, routes, revision })
      return refused
    } catch (error) {
      const route = refusedRoute({ ...table, routes }, error)
      if (!route?.front || !(error instanceof AppError)) throw error
      const problem = { host: route.front.host, port: route.front.port, holder: holderIn(error) }
      return applyWithout(table, new Map(refused).set(route.service_id, problem))
    }
  }

  const sync = coalesce(async () => {
    if (isForced) applied = ''
    isForced = false
    const table = await deps.render()
    const held = await stillHeld(deps.isFree, table, problems)
    const text = JSON.stringify([table, [...held.keys()]])
    if (text === applied) return
    const before = problems
    problems = await applyWithout(table, held)
    applied = JSON.stringify([table, [...problems.keys()]])
    const changed = new Set(
      [...before.keys(), ...problems.keys()].filter((id) => before.get(id) !== problems.get(id)),
    )
    if (changed.size > 0) deps.onFrontProblems([...changed])
    if (problems.size > 0) checkLater()
  }, restBetween)

  /** Checks only the held ports, so that a table is made only when one is free. */
  async function checkHeldPorts(): Promise<void> {
    for (const { host, port } of problems.values()) if (await deps.isFree(host, port)) return sync()
    if (problems.size > 0) checkLater()
  }
  function checkLater(): void {
    if (isClosed || timer) return
    timer = setTimeout(() => {
      timer = null
      checkHeldPorts().catch((error: unknown) => {
        deps.onError(error)
        checkLater()
      })
    }, checkEveryMs)
    timer.unref()
  }

  return {
    sync,
    reapply: () => {
      isForced = true
      return sync()
    },
    render: deps.render,
    frontProblem: (serviceId) => problems.get(serviceId) ?? null,
    close: () => {
      isClosed = true
      if (timer) clearTimeout(timer)
    },
  }
}
