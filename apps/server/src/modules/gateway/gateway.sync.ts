import { endpointText, portProcess, type GatewayRoute, type GatewayTable } from '@vitrine/contract'
import { z } from 'zod'
import type { Gateway } from '../../adapters/gateway/gateway.ts'
import { AppError } from '../../lib/errors.ts'
import { shareNext } from '../../lib/share-next.ts'

type Table = Omit<GatewayTable, 'revision'>

/** A front port that the gateway could not open, because somebody else listens there. */
export type FrontProblem = { host: string; port: number; holder: { pid: number; command: string } | null }

/** Keeps the gateway's table what it should be. */
export type GatewaySync = {
  /** Resolves once requests follow what is true at the moment of the call; rejects where the gateway refuses the table. */
  sync: () => Promise<void>
  /** Who has a service's front port in its place, or null. Its path works all the same. */
  frontProblem: (serviceId: string) => FrontProblem | null
}

/** The same with what an administrator of the gateway needs. */
export type GatewayTables = GatewaySync & {
  /** As `sync`, also where the table says nothing new. */
  anew: () => Promise<void>
  /** The table as it should be. */
  render: () => Promise<Table>
  /** Looks no more whether front ports have become free. */
  close: () => void
}

/** Changes that come one after the other, as in work on many services, are applied together: half of the time none is being applied. */
const restBetween = 1
/** How often it is looked whether a front port that a stranger holds is free; nothing is looked at where none is held. */
const lookEveryMs = 1_000

type Deps = {
  gateway: Gateway
  render: () => Promise<Table>
  /** Whether an address can be listened on now. */
  isFree: (host: string, port: number) => Promise<boolean>
  /** Hears of each change of the front ports that strangers hold. */
  onFrontProblems: (serviceIds: readonly string[]) => void
  onError: (error: unknown) => void
}

const frontAddress = (route: GatewayRoute) => route.front && endpointText(route.front)

/** The route whose front port the gateway could not open, if that is why it refused a table. */
function refusedRoute(table: Table, error: unknown): GatewayRoute | null {
  const address = error instanceof AppError && error.code === 'gateway.refused' ? error.details.address : null
  return (address && table.routes.find((route) => frontAddress(route) === address)) || null
}

const holderIn = (error: AppError): FrontProblem['holder'] =>
  z.object({ holder: portProcess.nullable() }).safeParse(error.details).data?.holder ?? null

type Problems = ReadonlyMap<string, FrontProblem>

/** The front ports of a table that are known to be held, and still are. */
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
 * Applies tables one at a time; calls that come while one is applied share the next, which sees all that happened before it.
 * A table that says nothing new is not applied. A front port that a stranger holds costs its own service that port, and no
 * other service anything; it is opened as soon as it is free.
 */
export function createGatewaySync(deps: Deps): GatewayTables {
  // Later than any revision of an earlier control plane, so that a gateway that outlived it takes ours.
  let revision = Date.now()
  let applied = ''
  let isAnew = false
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

  const sync = shareNext(async () => {
    if (isAnew) applied = ''
    isAnew = false
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
    if (problems.size > 0) lookLater()
  }, restBetween)

  /** Looks at the held ports alone, so that a table is only made once one is free. */
  async function look(): Promise<void> {
    for (const { host, port } of problems.values()) if (await deps.isFree(host, port)) return sync()
    if (problems.size > 0) lookLater()
  }
  function lookLater(): void {
    if (isClosed || timer) return
    timer = setTimeout(() => {
      timer = null
      look().catch((error: unknown) => {
        deps.onError(error)
        lookLater()
      })
    }, lookEveryMs)
    timer.unref()
  }

  return {
    sync,
    anew: () => {
      isAnew = true
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
